"""Where parts of a tensor are joined again in their order, the tensor is used itself, or one part of it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from parity.graph import Layer, LayerGraph, Note, Shape, Undone
from parity.passes._rewrite import rewrite
from parity.passes.windows.forward_slices_of_concats import from_front
from parity.passes.windows.fuse_slices import takes_ranges

Range = tuple[int, int | None]
"""Start and stop; None for the end of an axis whose size is not known."""


def fuse_neighbouring_slices(graph: LayerGraph) -> LayerGraph:
    """Let the tensor, or one slice of it, stand for the concatenation of ranges that follow each other."""
    aliases: dict[str, str] = {}
    replaced: dict[str, Layer] = {}
    for layer in graph.layers:
        found = _whole(graph, layer)
        if found is None:
            continue
        (start, stop), size = found
        first = graph.producers[layer.inputs[0]]
        if (start, stop) == (0, size):
            aliases[layer.outputs[0]] = first.inputs[0]
        else:
            bounds = {**first.attributes, "bounds": ((start, stop, 1),)}
            notes = (*layer.notes, Note(Undone.DECOMPOSED, f"{len(layer.inputs)} ranges in a row are joined"))
            replaced[layer.path] = replace(layer, kind=first.kind, attributes=bounds, inputs=first.inputs, notes=notes)
    dropped = {graph.producers[value].path for value in aliases}
    return rewrite(graph, replaced=replaced, aliases=aliases, dropped=dropped)


def _whole(graph: LayerGraph, layer: Layer) -> tuple[Range, int | None] | None:
    """The range that is joined again, and the size of the axis or None; None where something else is joined."""
    if layer.kind != "concat" or layer.weights or len(layer.outputs) != 1 or layer.attributes.get("operands"):
        return None
    parts = [graph.producers.get(value) for value in layer.inputs]
    slices = [each for each in parts if each is not None and _is_range(each)]
    if len(slices) < len(parts) or len({each.inputs[0] for each in slices}) != 1:
        return None
    shape, axis = graph.shape(slices[0].inputs[0]), layer.attributes["axis"]
    if not isinstance(axis, int) or any(not _is_along(each, axis, shape) for each in slices):
        return None
    size = shape[axis % len(shape)] if shape else None
    return _joined([each.attributes["bounds"][0] for each in slices], size if isinstance(size, int) else None)


def _joined(bounds: Sequence[Any], size: int | None) -> tuple[Range, int | None] | None:
    ranges = [found for each in bounds if (found := _counted(each, size)) is not None]
    if len(ranges) < len(bounds) or any(step != 1 for _, _, step in ranges):
        return None
    follow = all(before[1] == after[0] for before, after in pairwise(ranges))
    return ((ranges[0][0], ranges[-1][1]), size) if follow else None


def _counted(bound: Any, size: int | None) -> tuple[int, int | None, int] | None:
    """A range counted from the front; of an axis of any size only one that is told so."""
    if size is not None:
        return from_front(bound, size)
    start, stop, step = bound
    plain = type(start) is int and start >= 0 and (stop is None or (type(stop) is int and stop >= start))
    return (start, stop, step) if plain else None


def _is_range(layer: Layer) -> bool:
    """Whether it takes a range of one axis."""
    return takes_ranges(layer) and len(layer.attributes["axes"]) == 1


def _is_along(layer: Layer, axis: int, shape: Shape | None) -> bool:
    """Whether a range is of an axis; of a tensor of unknown rank it has to be told alike."""
    mine = int(layer.attributes["axes"][0])
    return mine == axis if not shape else mine % len(shape) == axis % len(shape)
