"""A global pooling that keeps axes of one element, and the Flatten that then drops them, are one global pooling."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import absorb, joined, only_consumer, rewrite

FLAT = 2
LAST = "channels_last"


def squeeze_global_pool(graph: LayerGraph) -> LayerGraph:
    """Join each global pooling with the Flatten, Squeeze or Reshape to two axes that alone follows it."""
    replaced: dict[str, Layer] = {}
    dropped = set()
    for layer in graph.layers:
        if not layer.kind.startswith("global_") or not layer.attributes["keepdims"] or not layer.outputs:
            continue
        merged = layer
        for after in _squeezes(graph, layer):
            note = f"{after.source} drops the axes of one element"
            sources, notes = joined(merged, after), absorb(merged, after, note)
            merged = replace(merged, outputs=after.outputs, sources=sources, notes=notes)
            dropped.add(after.path)
        if merged is not layer:
            replaced[layer.path] = replace(merged, attributes={**layer.attributes, "keepdims": False})
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _squeezes(graph: LayerGraph, pool: Layer) -> list[Layer]:
    """The layers, one after the other, that take a pooling's output to batch and channels; [] where none do."""
    found: list[Layer] = []
    value, start = pool.outputs[0], graph.shape(pool.outputs[0])
    if start is None or len(start) <= FLAT:
        return []
    channels = start[-1] if pool.attributes["data_format"] == LAST else start[1]
    while (after := only_consumer(graph, value)) is not None and after.kind in {"flatten", "reshape"}:
        found.append(after)
        value = after.outputs[0]
        shape = graph.shape(value)
        if shape is None or after.weights:
            return []
        if len(shape) == FLAT:
            return found if shape[1] == channels else []
    return []
