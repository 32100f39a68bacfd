"""A matmul whose batch is merged of several axes before, and split again after, is one over these axes.

So PyTorch writes attention and einsum when it takes a program apart: its ``bmm`` has a single axis before the matrices.
"""

from dataclasses import replace

from parity.graph import Layer, LayerGraph, Shape
from parity.passes._rewrite import joined, merge_notes, only_consumer, rewrite
from parity.sizes import multiplied


def fuse_batches(graph: LayerGraph) -> LayerGraph:
    """Join each product with the three reshapes around it that keep its matrices."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in graph.layers:
        if layer.kind != "matmul" or layer.weights or len(layer.inputs) != 2:
            continue
        after = only_consumer(graph, layer.outputs[0])
        sources = [_source(graph, value) for value in layer.inputs]
        batches = [_batch(graph, value, source) for value, source in zip(layer.inputs, sources, strict=True)]
        if after is None or after.kind != "reshape" or None in batches or batches[0] != batches[1]:
            continue
        if _batch(graph, layer.outputs[0], after.outputs[0]) != batches[0]:
            continue
        notes = merge_notes(layer, after, f"{after.source} splits the axes that were merged for it")
        inputs = tuple(source for source in sources if source is not None)
        made = replace(layer, inputs=inputs, outputs=after.outputs, sources=joined(layer, after), notes=notes)
        replaced[layer.path] = made
        dropped.add(after.path)
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _source(graph: LayerGraph, value: str) -> str | None:
    """What a value is a reshape of."""
    layer = graph.producers.get(value)
    plain = layer is not None and layer.kind == "reshape" and len(layer.inputs) == 1 and not layer.weights
    return layer.inputs[0] if layer is not None and plain else None


def _batch(graph: LayerGraph, merged: str, apart: str | None) -> Shape | None:
    """The axes before the matrices where these are apart, if they are merged into one elsewhere; None if not."""
    one, several = graph.shape(merged), graph.shape(apart) if apart is not None else None
    if one is None or several is None or len(one) != 3 or len(several) <= len(one):
        return None
    if None in several or one[1:] != several[-2:] or multiplied(several[:-2]) != one[0]:
        return None
    return several[:-2]
