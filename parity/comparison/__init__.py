"""Aligned graphs -> differences: what is not the same, before anybody asks why."""

from parity.comparison._compare import compare
from parity.comparison._contract import Comparison, Difference, Facet, Key, Topic, View
from parity.comparison._interfaces import matched_axes
from parity.comparison._output_order import differ_by_place
from parity.comparison._rows import ELEMENTS, ROWS
from parity.comparison._swapped import ORDER
from parity.comparison.attributes import equal as same_value
from parity.comparison.attributes import read_as
from parity.comparison.counts import REGION, by_role, of_parts, same_sizes
from parity.comparison.heads import HEAD_SIZE, VALUE_SIZE
from parity.comparison.shifted_tables import places_of
from parity.comparison.tracing import Forms, Orders
from parity.comparison.tracing import forms as traced_forms
from parity.comparison.tracing import orders as traced_orders

__all__ = [
    "ELEMENTS",
    "HEAD_SIZE",
    "ORDER",
    "REGION",
    "ROWS",
    "VALUE_SIZE",
    "Comparison",
    "Difference",
    "Facet",
    "Forms",
    "Key",
    "Orders",
    "Topic",
    "View",
    "by_role",
    "compare",
    "differ_by_place",
    "matched_axes",
    "of_parts",
    "places_of",
    "read_as",
    "same_sizes",
    "same_value",
    "traced_forms",
    "traced_orders",
]
