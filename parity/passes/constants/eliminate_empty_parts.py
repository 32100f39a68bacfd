"""What has no elements goes out of a concatenation: models have so many register tokens, and some have none."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import rewrite


def eliminate_empty_parts(graph: LayerGraph) -> LayerGraph:
    """Let every concatenation be of those values alone that have elements, where any has."""
    replaced = {}
    for layer in graph.layers:
        if (
            layer.kind == "concat"
            and len(layer.inputs) > 1
            and not layer.weights
            and "operands" not in layer.attributes
        ):
            kept = tuple(value for value in layer.inputs if not _is_empty(graph, layer, value))
            if kept and len(kept) < len(layer.inputs):
                replaced[layer.path] = replace(layer, inputs=kept)
    return rewrite(graph, replaced=replaced) if replaced else graph


def _is_empty(graph: LayerGraph, layer: Layer, value: str) -> bool:
    """Whether a value has no elements, and does not tell the type of what it is put beside."""
    part, whole, axis = graph.values.get(value), graph.values.get(layer.outputs[0]), layer.attributes.get("axis")
    if part is None or part.shape is None or whole is None or type(axis) is not int:
        return False
    inside = -len(part.shape) <= axis < len(part.shape)
    return inside and part.shape[axis] == 0 and part.dtype == whole.dtype is not None
