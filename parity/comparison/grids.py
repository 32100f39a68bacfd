"""To which numbers quantised models round their values: scales, zero points and types, and where these change."""

from collections.abc import Iterator
from typing import Any

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.graph import Layer, LayerGraph, Unknown
from parity.kinds import COMPUTED_GRID

GRIDS, CHANGES = "grids", "changes"

LOSS = Unknown("whether the accuracy loss is acceptable must be measured on your data", "run both on real data")
OTHER_FORM = Unknown(
    "one side rounds inside its operators and the other between them, so it is not known which belongs to which",
    "quantise both in the same form",
)
NOT_TOLD = Unknown("a scale is computed, or not recorded in the file", "compare files that hold their scales")
UNTOLD = {(COMPUTED_GRID,), ("unknown",)}


def differences(view: View) -> Iterator[Difference]:
    """What one side does to its values by rounding that the other does not do."""
    left, right = _place(view.left), _place(view.right)
    for name in (CHANGES, GRIDS):
        mine, theirs = (_told(layer, name) for layer in (left, right))
        if mine != theirs:
            unknown = _undecided(left, right, mine, theirs) if name == GRIDS else None
            yield Difference(Topic.GRID, Facet.ATTRIBUTES, left, right, name, mine, theirs, unknown=unknown)


def _place(graph: LayerGraph) -> Layer | None:
    """The layer that holds the scales of a graph and what its values are rounded to."""
    return next((layer for layer in graph.layers if layer.kind == "quantisation" and GRIDS in layer.attributes), None)


def _told(layer: Layer | None, name: str) -> tuple[Any, ...]:
    return tuple(layer.attributes[name]) if layer is not None else ()


def _undecided(
    left: Layer | None, right: Layer | None, mine: tuple[Any, ...], theirs: tuple[Any, ...]
) -> Unknown | None:
    if not mine or not theirs:
        return LOSS
    if left is not None and right is not None and left.attributes["form"] != right.attributes["form"]:
        return OTHER_FORM
    return NOT_TOLD if UNTOLD.intersection((*mine, *theirs)) else None
