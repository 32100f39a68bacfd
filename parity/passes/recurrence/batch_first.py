"""Recurrent layers that run with time first between two transposes are the same layers with the batch first."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

from parity.graph import Layer, LayerGraph, Note, Undone, Value
from parity.kinds import RECURRENT
from parity.passes._rewrite import rewrite

T = TypeVar("T")

SWAP = (1, 0, 2)
NOTE = Note(Undone.TIME_MAJOR, "it runs with time first, between two transposes")
PLACES = (1, 0, 2)
"""Where the axes of a turned value are."""

BY_ELEMENT = {"activation", "elementwise"}
LAST_AXIS_ONLY = {"dropout", "identity", "dense", "layer_norm"}
"""Kinds that treat every position of the first two axes alike."""


def batch_first(graph: LayerGraph) -> LayerGraph:
    """Turn each part of the graph that is entered and left through a swap of the first two axes, or without one."""
    if not any(layer.kind in RECURRENT and layer.attributes.get("time_major") for layer in graph.layers):
        return graph
    parts = _Parts(graph)
    turned = parts.turned()
    if not turned:
        return graph
    replaced, aliases, dropped = {}, {}, set()
    for layer in graph.layers:
        if _swaps(layer) and (layer.inputs[0] in turned) is not (layer.outputs[0] in turned):
            aliases[layer.outputs[0]] = layer.inputs[0]
            dropped.add(layer.path)
        elif layer.kind in RECURRENT and layer.outputs[0] in turned:
            notes = (*layer.notes, NOTE)
            replaced[layer.path] = replace(layer, attributes={**layer.attributes, "time_major": False}, notes=notes)
        elif layer.kind == "concat" and layer.outputs[0] in turned:
            replaced[layer.path] = replace(layer, attributes={**layer.attributes, "axis": -1})
        elif layer.kind == "slice" and layer.outputs[0] in turned:
            axes = tuple(PLACES[axis % 3] for axis in layer.attributes["axes"])
            replaced[layer.path] = replace(layer, attributes={**layer.attributes, "axes": axes})
        elif layer.inputs and layer.inputs[0] in turned and _leaves(layer):
            replaced[layer.path] = replace(layer, attributes={**layer.attributes, **_moved(layer)})
    values = {name: _swapped(value) if name in turned else value for name, value in graph.values.items()}
    return replace(rewrite(graph, replaced=replaced, aliases=aliases, dropped=dropped), values=values)


def _swaps(layer: Layer) -> bool:
    return layer.kind == "permute" and layer.attributes["order"] == SWAP and len(layer.inputs) == 1


def _leaves(layer: Layer) -> bool:
    """Whether one of the first two axes goes, so that the order of what is left is the same."""
    if len(layer.inputs) != 1 or layer.weights:
        return False
    if layer.kind == "select":
        return layer.attributes["axis"] in {0, 1}
    return layer.kind == "reduce" and not layer.attributes["keepdims"] and layer.attributes["axes"] in {(0,), (1,)}


def _moved(layer: Layer) -> dict[str, Any]:
    if layer.kind == "select":
        return {"axis": PLACES[layer.attributes["axis"]]}
    return {"axes": (PLACES[layer.attributes["axes"][0]],)}


def _last_axis_only(layer: Layer) -> bool:
    if layer.kind in BY_ELEMENT:
        row = not layer.weights or layer.attributes.get("operand_axis") == -1
        vectors = all(len(weight.shape) == 1 for weight in layer.weights)
        number = isinstance(layer.attributes.get("operand", 0.0), float) and "axis" not in layer.attributes
        return row and vectors and number and len(layer.inputs) == 1
    axes, units = (layer.attributes.get(name) for name in ("axes", "units"))
    whole = layer.kind == "dense" or units in {None, "elements"}
    return layer.kind in LAST_AXIS_ONLY and axes in {None, (-1,)} and whole and layer.attributes.get("axis", -1) == -1


def _swapped(value: Value) -> Value:
    def swap(each: tuple[T, ...] | None) -> tuple[T, ...] | None:
        return each if each is None or len(each) != 3 else (each[1], each[0], each[2])

    return replace(value, shape=swap(value.shape), axes=swap(value.axes))


class _Parts:
    """Values with time first, joined where a layer keeps their first two axes."""

    def __init__(self, graph: LayerGraph) -> None:
        self.graph = graph
        self.parent: dict[str, str] = {}
        for layer in graph.layers:
            joined = tuple(self._inside(layer))
            for value in joined[1:]:
                self.parent[self.root(value)] = self.root(joined[0])

    def root(self, value: str) -> str:
        """The representative of the part that a value belongs to."""
        while (above := self.parent.get(value, value)) != value:
            self.parent[value] = self.parent.get(above, above)
            value = above
        return value

    def _inside(self, layer: Layer) -> Iterator[str]:
        if layer.kind in RECURRENT and layer.attributes.get("time_major"):
            yield from (*layer.inputs[:1], *layer.outputs[:1])
        elif _last_axis_only(layer) or self._joins(layer) or self._cuts(layer):
            yield from (*layer.inputs, *layer.outputs)

    def _joins(self, layer: Layer) -> bool:
        """Whether it puts sequences beside each other, or computes of several of one size, element by element."""
        shapes = [self.graph.shape(value) for value in (*layer.inputs, *layer.outputs)]
        if layer.weights or any(shape is None or len(shape) != 3 for shape in shapes):
            return False
        if layer.kind == "concat":
            return layer.attributes["axis"] in {-1, 2}
        return layer.kind == "elementwise" and len(layer.inputs) > 1 and len(set(shapes)) == 1

    def _cuts(self, layer: Layer) -> bool:
        plain = layer.kind == "slice" and len(layer.inputs) == 1 and not layer.weights
        return plain and len(self.graph.shape(layer.outputs[0]) or ()) == 3

    def turned(self) -> set[str]:
        """The values of every part that has a recurrent layer and touches the rest through swaps alone."""
        wanted, blocked = set(), {self.root(value) for value in (*self.graph.inputs, *self.graph.outputs)}
        for layer in self.graph.layers:
            inside = set(self._inside(layer))
            if layer.kind in RECURRENT and inside:
                wanted.add(self.root(layer.outputs[0]))
            if not _swaps(layer):
                ends = layer.outputs if _leaves(layer) else (*layer.inputs, *layer.outputs)
                blocked |= {self.root(value) for value in ends if value not in inside}
        good = wanted - blocked
        values = (value for layer in self.graph.layers for value in self._inside(layer))
        return {value for value in values if self.root(value) in good}
