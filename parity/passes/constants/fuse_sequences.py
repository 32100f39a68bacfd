"""Parts of a tensor that a file puts in a list, and takes out of it again by number, are slices."""

from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Shape
from parity.graph.provenance import fuse
from parity.passes._rewrite import rewrite

MOST = 4096
"""A list of as many parts is left as it is."""

SPLIT, TAKEN = "onnx.SplitToSequence", "onnx.SequenceAt"


def fuse_sequences(graph: LayerGraph) -> LayerGraph:
    """Let a slice stand for a part of a tensor, where all parts are taken out by number."""
    replaced: dict[str, Layer] = {}
    dropped = set()
    for layer in graph.layers:
        bounds = _bounds(graph, layer) if layer.attributes.get("operator") == SPLIT else None
        users = graph.consumers.get(layer.outputs[0], ()) if bounds is not None else ()
        found = [(user, _position(user, bounds)) for user in users if bounds is not None]
        if not found or layer.outputs[0] in graph.outputs or any(place is None for _, place in found):
            continue
        rank = len(_shape(graph, layer) or ())
        axis = layer.attributes["settings"].get("axis", 0) % rank
        for user, place in found:
            attributes: dict[str, Any] = {"axes": (axis,), "bounds": (place,)}
            if layer.weights:
                attributes["operands"] = ("stored",)
            weights = tuple(replace(weight, role="operand") for weight in layer.weights)
            made = replace(user, kind="slice", attributes=attributes, inputs=layer.inputs, weights=weights)
            replaced[user.path] = fuse(made, (layer,), f"{layer.source} makes a list of the parts")
        dropped.add(layer.path)
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _bounds(graph: LayerGraph, layer: Layer) -> list[tuple[int, int | None, int]] | None:
    """Where the parts begin and end; None where that is not known."""
    settings, shape = layer.attributes["settings"], _shape(graph, layer)
    axis, split = settings.get("axis", 0), settings.get("split", 1)
    size = shape[axis] if shape is not None and type(axis) is int and -len(shape) <= axis < len(shape) else None
    if not isinstance(size, int):
        return None
    if type(split) is int and split > 0 and settings.get("keepdims", 1):
        starts = list(range(0, size, split)[:MOST])
    elif isinstance(split, tuple) and all(type(each) is int and each > 0 for each in split) and sum(split) == size:
        starts = [sum(split[:at]) for at in range(len(split))]
    else:
        return None
    if len(starts) == MOST:
        return None
    ends: list[int | None] = [*starts[1:], None]
    return [(start, end, 1) for start, end in zip(starts, ends, strict=True)]


def _shape(graph: LayerGraph, layer: Layer) -> Shape | None:
    """The shape of the only tensor that a layer works on, a value or a stored one."""
    if len(layer.inputs) + len(layer.weights) != 1:
        return None
    return graph.shape(layer.inputs[0]) if layer.inputs else layer.weights[0].shape


def _position(layer: Layer, bounds: list[tuple[int, int | None, int]] | None) -> tuple[int, int | None, int] | None:
    """The part that a layer takes out of the list."""
    if layer.attributes.get("operator") != TAKEN or bounds is None or len(layer.inputs) != 1:
        return None
    position = layer.attributes["settings"].get("position")
    inside = type(position) is int and -len(bounds) <= position < len(bounds)
    return bounds[position] if inside else None
