"""A tensor that is brought to a shape, and from there to another one, is brought to the last of them at once."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import joined, merge_notes, only_consumer, rewrite


def fuse_expands(graph: LayerGraph) -> LayerGraph:
    """Let the last of two expansions that follow each other take what the first one takes."""
    replaced: dict[str, Layer] = {}
    for layer in graph.layers:
        after = only_consumer(graph, layer.outputs[0]) if layer.kind == "expand" else None
        shape = graph.shape(after.outputs[0]) if after is not None and after.kind == "expand" else None
        if after is None or shape is None or len(after.inputs) != 1 or after.weights:
            continue
        first = replaced.pop(layer.path, layer)
        replaced[after.path] = replace(
            after,
            attributes={**after.attributes, **first.attributes, "target": shape},
            inputs=first.inputs,
            weights=first.weights,
            sources=joined(after, first),
            notes=merge_notes(after, first, f"{layer.source} reshapes it before"),
        )
    return rewrite(graph, replaced=replaced)
