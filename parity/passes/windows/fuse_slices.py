"""Ranges of several axes, taken one after the other, are taken at once."""

from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import joined, merge_notes, rewrite


def fuse_slices(graph: LayerGraph) -> LayerGraph:
    """Join each slice with the slices of other axes that alone use it."""
    while (merged := _merge_last(graph)) is not graph:
        graph = merged
    return graph


def _merge_last(graph: LayerGraph) -> LayerGraph:
    """One round: of several slices in a row the last two."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in reversed(graph.layers):
        users = graph.consumers.get(layer.outputs[0], ()) if takes_ranges(layer) else ()
        made = [_joined(graph, layer, user) for user in users]
        taken = {*replaced, *dropped}.intersection(user.path for user in users)
        if not made or taken or None in made or layer.outputs[0] in graph.outputs:
            continue
        replaced |= {each.path: each for each in made if each is not None}
        dropped.add(layer.path)
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _joined(graph: LayerGraph, layer: Layer, after: Layer) -> Layer | None:
    """One slice in the place of two in a row."""
    attributes = _together(graph, layer, after) if takes_ranges(after) else None
    if attributes is None:
        return None
    notes = merge_notes(after, layer, f"{layer.source} takes a range of another axis before it")
    return replace(after, attributes=attributes, inputs=layer.inputs, sources=joined(after, layer), notes=notes)


def takes_ranges(layer: Layer) -> bool:
    """Whether a layer takes ranges of axes of one value, told by its settings alone."""
    return layer.kind == "slice" and len(layer.inputs) == len(layer.outputs) == 1 and not layer.weights


def _together(graph: LayerGraph, first: Layer, second: Layer) -> dict[str, Any] | None:
    """The ranges of both where their axes differ and are counted from the same end."""
    shape = graph.shape(first.inputs[0])
    mine, yours = ((*each.attributes["axes"],) for each in (first, second))
    if shape is not None:
        mine, yours = (tuple(axis % len(shape) for axis in axes) for axes in (mine, yours))
    if {*mine} & {*yours} or (shape is None and min((*mine, *yours), default=0) < 0):
        return None
    ranges = dict(zip((*mine, *yours), (*first.attributes["bounds"], *second.attributes["bounds"]), strict=True))
    axes = tuple(sorted(ranges))
    return {**second.attributes, "axes": axes, "bounds": tuple(ranges[axis] for axis in axes)}
