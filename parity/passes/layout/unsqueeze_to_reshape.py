"""An axis of one element that a layer adds is a reshape, as exporters have it, once it has told states of layers."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.kinds import reshaped
from parity.passes._rewrite import rewrite


def unsqueeze_to_reshape(graph: LayerGraph) -> LayerGraph:
    """Write each such layer whose shapes are known as a reshape."""
    made = {layer.path: found for layer in graph.layers if (found := _reshape(graph, layer)) is not None}
    return rewrite(graph, replaced=made)


def _reshape(graph: LayerGraph, layer: Layer) -> Layer | None:
    if layer.kind != "stack_axis" or len(layer.inputs) != 1 or layer.weights:
        return None
    before, after = graph.shape(layer.inputs[0]), graph.shape(layer.outputs[0])
    if before is None or after is None:
        return None
    return replace(layer, kind="reshape", attributes=reshaped(before, after))
