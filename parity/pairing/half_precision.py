"""A file whose weights are all stored in half precision, which takes and gives numbers of single precision.

Converters put a cast behind each input and before each output. Where the other model has its weights in single
precision, these say no more than that the file computes in another one, as its weights do.
"""

from parity.graph import Census, Evidence, LayerGraph
from parity.passes._rewrite import rewrite

HALF = frozenset({"float16", "bfloat16"})
REAL = HALF | {"float32"}
LEARNED = frozenset({Census.TRAINABLE, Census.FROZEN, Census.UNKNOWN})


def half_precision(graph: LayerGraph, other: LayerGraph) -> LayerGraph:
    """The graph without casts between single and half precision, where all of its weights are in half."""
    mine, theirs = _types(graph), _types(other)
    if graph.evidence is not Evidence.GRAPH or not mine or not mine <= HALF or not theirs or not theirs <= {"float32"}:
        return graph
    dropped, aliases = set(), {}
    for layer in graph.layers:
        plain = layer.kind == "cast" and len(layer.inputs) == 1 and not layer.weights
        if not plain or "operands" in layer.attributes:
            continue
        value = graph.values.get(layer.inputs[0])
        if value is not None and {value.dtype, layer.attributes["to"]} <= REAL:
            dropped.add(layer.path)
            aliases[layer.outputs[0]] = layer.inputs[0]
    return rewrite(graph, dropped=dropped, aliases=aliases)


def _types(graph: LayerGraph) -> set[str]:
    """The types of its weights, numbers of no training aside."""
    return {each.dtype for each in graph.weights if each.census in LEARNED and each.numel > 1}
