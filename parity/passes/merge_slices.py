"""Ranges of several axes, taken one after the other, are taken at once."""

from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import absorb, joined, only_consumer, rewrite


def merge_slices(graph: LayerGraph) -> LayerGraph:
    """Join each slice with the slice of other axes that alone uses it."""
    while (merged := _merge_last(graph)) is not graph:
        graph = merged
    return graph


def _merge_last(graph: LayerGraph) -> LayerGraph:
    """One round: of several slices in a row the last two."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in reversed(graph.layers):
        after = only_consumer(graph, layer.outputs[0]) if _plain(layer) else None
        if after is None or not _plain(after) or after.path in replaced or after.path in dropped:
            continue
        attributes = _together(graph, layer, after)
        if attributes is None:
            continue
        replaced[after.path] = replace(
            after,
            attributes=attributes,
            inputs=layer.inputs,
            sources=joined(after, layer),
            notes=absorb(after, layer, f"{layer.source} takes a range of another axis before it"),
        )
        dropped.add(layer.path)
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _plain(layer: Layer) -> bool:
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
