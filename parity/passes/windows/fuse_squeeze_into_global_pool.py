"""A global pooling, and the layers after it that only drop or add axes of one element, are one global pooling."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import joined, merge_notes, only_consumer, rewrite

LAST = "channels_last"


def fuse_squeeze_into_global_pool(graph: LayerGraph) -> LayerGraph:
    """Join each global pooling with what alone follows it: a Flatten, a Squeeze, a Reshape to axes of one element."""
    replaced: dict[str, Layer] = {}
    dropped = set()
    for layer in graph.layers:
        if not layer.kind.startswith("global_") or not layer.outputs:
            continue
        merged = layer
        for after in _squeezes(graph, layer):
            note = f"{after.source} drops or adds axes of one element"
            sources, notes = joined(merged, after), merge_notes(merged, after, note)
            merged = replace(merged, outputs=after.outputs, sources=sources, notes=notes)
            dropped.add(after.path)
        if merged is not layer:
            kept = len(graph.shape(merged.outputs[0]) or ()) != 2
            replaced[layer.path] = replace(merged, attributes={**layer.attributes, "keepdims": kept})
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _squeezes(graph: LayerGraph, pool: Layer) -> list[Layer]:
    """The layers, one after the other, that take a pooling's output to its other form or back; [] where none do."""
    taken: list[Layer] = []
    found: list[Layer] = []
    value, start, image = pool.outputs[0], graph.shape(pool.outputs[0]), graph.shape(pool.inputs[0])
    if start is None or image is None or len(start) < 2:
        return []
    channels = start[-1] if pool.attributes["data_format"] == LAST else start[1]
    ones = (1,) * (len(image) - 2)
    forms = (channels,), ((*ones, channels) if pool.attributes["data_format"] == LAST else (channels, *ones))
    while (after := only_consumer(graph, value)) is not None and after.kind in {"flatten", "reshape"}:
        taken.append(after)
        value = after.outputs[0]
        shape = graph.shape(value)
        if shape is None or after.weights:
            break
        if shape[1:] in forms:
            found = list(taken)
    return found
