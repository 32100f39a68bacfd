"""Aligned graphs -> differences: what is not the same, before anybody asks why."""

from parity.comparison._compare import compare
from parity.comparison._contract import Comparison, Difference, Facet, Key, Topic, View

__all__ = ["Comparison", "Difference", "Facet", "Key", "Topic", "View", "compare"]
