"""What one of two models leaves open and the other one tells: passes over both graphs, in one order.

Each takes both normalised graphs and gives both; ``reworded`` needs to know besides what is whose counterpart.
"""

from collections.abc import Callable

from parity.graph import LayerGraph
from parity.pairing._agreement import ABSOLUTE
from parity.pairing._asked_before import Answers
from parity.pairing._drawn_numbers import Scale, numbers_for
from parity.pairing._draws import COMPARES, alike, draws_of, rounded, shows_numbers, usual_size
from parity.pairing._hidden import EPSILON
from parity.pairing.computed_before import computed_before
from parity.pairing.half_precision import half_precision
from parity.pairing.input_layouts import in_layout, input_layouts, may_be_plain
from parity.pairing.named_alike import named_alike
from parity.pairing.norms_written_out import norms_written_out
from parity.pairing.padding_read import padding_read
from parity.pairing.pointwise_convolutions import pointwise_convolutions
from parity.pairing.regions import MOST_READ, Question, regions
from parity.pairing.reworded import reworded
from parity.pairing.rows_of_tables import rows_of_tables
from parity.pairing.settled import settled
from parity.passes import normalise

__all__ = [
    "ABSOLUTE",
    "COMPARES",
    "EPSILON",
    "MOST_READ",
    "PAIR_PASSES",
    "Answers",
    "Question",
    "Scale",
    "alike",
    "draws_of",
    "in_layout",
    "input_layouts",
    "may_be_plain",
    "numbers_for",
    "paired",
    "regions",
    "reworded",
    "rounded",
    "shows_numbers",
    "usual_size",
]

Graphs = tuple[LayerGraph, LayerGraph]
PairPass = Callable[[LayerGraph, LayerGraph], Graphs]


def for_each(told_by_other: Callable[[LayerGraph, LayerGraph], LayerGraph]) -> PairPass:
    """What changes a graph by what the other one tells, for each of two as they were before."""

    def both(left: LayerGraph, right: LayerGraph) -> Graphs:
        return told_by_other(left, right), told_by_other(right, left)

    both.__name__ = told_by_other.__name__
    return both


def both_normalised(left: LayerGraph, right: LayerGraph) -> Graphs:
    """Each of them on its own."""
    return normalise(left), normalise(right)


PAIR_PASSES: tuple[PairPass, ...] = (
    for_each(settled),
    for_each(half_precision),
    both_normalised,
    for_each(named_alike),
    padding_read,
    for_each(rows_of_tables),
    for_each(pointwise_convolutions),
    for_each(norms_written_out),
    for_each(computed_before),
)
"""In order: stored numbers that the other side computes come first, since passes read them."""


def paired(left: LayerGraph, right: LayerGraph) -> Graphs:
    """Both translated models in the common form."""
    for each in PAIR_PASSES:
        left, right = each(left, right)
    return left, right
