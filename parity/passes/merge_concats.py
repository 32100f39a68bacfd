"""Tensors that are joined and then joined with others along the same axis are joined at once."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import absorb, joined, only_consumer, rewrite


def merge_concats(graph: LayerGraph) -> LayerGraph:
    """Give each concatenation the inputs of those that it alone uses."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in graph.layers:
        if not _plain(layer):
            continue
        found = replaced.get(layer.path, layer)
        after = only_consumer(graph, layer.outputs[0])
        if after is None or not _plain(after) or not _along_one_axis(graph, layer, after):
            continue
        whole = replaced.get(after.path, after)
        at = whole.inputs.index(layer.outputs[0])
        replaced[after.path] = replace(
            whole,
            inputs=(*whole.inputs[:at], *found.inputs, *whole.inputs[at + 1 :]),
            sources=joined(whole, found),
            notes=absorb(whole, found, f"{layer.source} joins some of its inputs first"),
        )
        dropped.add(layer.path)
    return rewrite(
        graph, replaced={path: each for path, each in replaced.items() if path not in dropped}, dropped=dropped
    )


def _plain(layer: Layer) -> bool:
    return layer.kind == "concat" and not layer.weights and len(layer.outputs) == 1


def _along_one_axis(graph: LayerGraph, first: Layer, second: Layer) -> bool:
    axis = _axis(graph, first)
    return axis is not None and axis == _axis(graph, second)


def _axis(graph: LayerGraph, layer: Layer) -> int | None:
    """The axis from the front; None where the rank is not known."""
    shape, axis = graph.shape(layer.outputs[0]), layer.attributes["axis"]
    return axis % len(shape) if shape and isinstance(axis, int) else None
