"""To which numbers a quantised model rounds its values, before rounding and scaling back are left out of it.

A scale and a zero point on the way there, and the same on the way back, are one grid. Where they are not the same, the
values are changed by more than rounding; and where a model takes or gives small integers, only one of both is there.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from parity.graph import Layer, LayerGraph
from parity.kinds import ANY_GRID, COMPUTED_GRID

MOVES = {
    "max_pool",
    "permute",
    "reshape",
    "flatten",
    "concat",
    "slice",
    "pad",
    "expand",
    "stack_axis",
    "select",
    "tile",
    "identity",
}
"""Kinds that give some of the integers that they are given."""

GIVEN, TAKEN, PLAIN = ("given to the model",), ("given by the model",), ("integers",)
ON_NONE = {None, GIVEN, PLAIN}


def rounding(graph: LayerGraph) -> dict[str, Any]:
    """What is to be compared of it: the grids in order, where they change, and how it is written down."""
    layers = from_outputs(graph)
    told = [layer.attributes.get(name) for layer in layers for name in ("offsets", "gives")]
    rounded = [each for each in told if each is not None]
    fused = any(layer.kind != "quantisation" for layer in graph.layers if "gives" in layer.attributes)
    found = tuple((_named(one), _named(other)) for one, other in _changes(graph, layers))
    return {"grids": tuple(map(_named, rounded)), "changes": found, "form": "operators" if fused else "pairs"}


def from_outputs(graph: LayerGraph) -> list[Layer]:
    """The layers, producers first, as the outputs ask for them: in any other order a file may have written them."""
    found: dict[str, Layer] = {}
    waiting = [graph.producers[value] for value in graph.outputs[::-1] if value in graph.producers]
    while waiting:
        layer = waiting[-1]
        before = [graph.producers[value] for value in layer.inputs[::-1] if value in graph.producers]
        left = [each for each in before if each.path not in found]
        if left and layer.path not in found:
            waiting += left
        else:
            found.setdefault(layer.path, waiting.pop())
    return [*found.values(), *(layer for layer in graph.layers if layer.path not in found)]


def _changes(graph: LayerGraph, layers: Sequence[Layer]) -> Iterator[tuple[Any, Any]]:
    for layer in layers:
        for value, grid in layer.attributes.get("takes", ()):
            given = _given(graph, value)
            if given is not None and grid not in {ANY_GRID, given}:
                yield given, grid
    for value in graph.outputs:
        given = _given(graph, value)
        if given not in ON_NONE:
            yield given, TAKEN


def _given(graph: LayerGraph, value: str) -> Any:
    """The grid that a value is on; None where its integers are weights, or nobody tells."""
    maker: Layer | None = graph.producers.get(value)
    while maker is not None and _moves(maker):
        value = maker.inputs[0]
        maker = graph.producers.get(value)
    if maker is not None and value in maker.outputs[1:]:
        return None  # a scale or a zero point
    if maker is None or "gives" in maker.attributes:
        return maker and maker.attributes["gives"]
    return GIVEN if maker.kind == "input" else None if maker.weights else PLAIN


def stand_for_reals(graph: LayerGraph) -> set[str]:
    """The values within a model that are integers only since operators on integers hand them on."""
    found: set[str] = set()
    for layer in graph.layers:
        if "gives" in layer.attributes:
            found |= {*layer.outputs[:1]}
        elif _moves(layer) and found.issuperset(layer.inputs):
            found |= {*layer.outputs}
    return found - {*graph.inputs, *graph.outputs}


def _moves(layer: Layer) -> bool:
    return layer.kind in MOVES and bool(layer.inputs) and not layer.weights and "gives" not in layer.attributes


def _named(grid: Any) -> Any:
    """A grid without the names of values."""
    return grid[:1] if grid[0] == COMPUTED_GRID else grid
