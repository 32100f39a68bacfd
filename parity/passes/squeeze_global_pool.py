"""A global pooling that keeps axes of one element, and the Flatten that then drops them, are one global pooling."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import absorb, joined, only_consumer, rewrite

FLAT = 2


def squeeze_global_pool(graph: LayerGraph) -> LayerGraph:
    """Join each global pooling with the Flatten, Squeeze or Reshape to two axes that alone follows it."""
    replaced: dict[str, Layer] = {}
    dropped = set()
    for layer in graph.layers:
        if not layer.kind.startswith("global_") or not layer.attributes["keepdims"] or not layer.outputs:
            continue
        after = only_consumer(graph, layer.outputs[0])
        shape = graph.shape(after.outputs[0]) if after is not None and after.outputs else None
        if after is None or after.kind not in {"flatten", "reshape"} or shape is None or len(shape) != FLAT:
            continue
        replaced[layer.path] = replace(
            layer,
            attributes={**layer.attributes, "keepdims": False},
            outputs=after.outputs,
            sources=joined(layer, after),
            notes=absorb(layer, after, f"{after.source} drops the axes of one element"),
        )
        dropped.add(after.path)
    return rewrite(graph, replaced=replaced, dropped=dropped)
