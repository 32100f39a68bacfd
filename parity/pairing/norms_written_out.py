"""A batch norm that one model computes in arithmetic, where the other one has it as a layer."""

from collections import Counter

from parity.graph import LayerGraph
from parity.kinds import BATCH
from parity.passes.arithmetic.fuse_scale_shift import Parts, scale_shift, with_norms


def norms_written_out(graph: LayerGraph, other: LayerGraph) -> LayerGraph:
    """Join each difference, product and sum in a model for inference where the other model has a batch norm instead.

    A size of which the other model does not have as many more batch norms as there are such rows is left as it is.
    """
    rows = _written_out(graph) if graph.inference_only else []
    if not rows:
        return graph
    theirs = Counter(_channels(parts) for parts in _written_out(other))
    lacking = _norms(other) - _norms(graph)
    mine = Counter(map(_channels, rows))
    sizes = {size for size, count in mine.items() if not theirs[size] and lacking[size] >= count}
    return with_norms(graph, (parts for parts in rows if _channels(parts) in sizes))


def _written_out(graph: LayerGraph) -> list[Parts]:
    found = (scale_shift(graph, layer) for layer in graph.layers if layer.attributes.get("function") == "subtract")
    return [parts for parts in found if parts]


def _norms(graph: LayerGraph) -> Counter[int]:
    norms = (
        layer for layer in graph.layers if layer.kind == "batch_norm" and layer.attributes.get("statistics") != BATCH
    )
    return Counter(layer.weights[0].numel for layer in norms if layer.weights)


def _channels(parts: Parts) -> int:
    return parts["gamma"].weights[0].numel
