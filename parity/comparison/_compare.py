"""Run every facet and trace what follows from what."""

from parity.alignment import Alignment
from parity.comparison import attributes, counts, shapes, structure
from parity.comparison._contract import Comparison, Difference, View
from parity.graph import LayerGraph


def compare(left: LayerGraph, right: LayerGraph, alignment: Alignment) -> Comparison:
    """Find every difference between two aligned graphs, roots before what follows from them."""
    view = View(left, right, alignment)
    found: list[Difference] = [
        *structure.differences(view),
        *attributes.differences(view),
        *counts.differences(view),
    ]
    return Comparison(view, tuple(shapes.with_ripples(view, found)))
