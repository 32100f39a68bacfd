"""Bringing an input to mean 0 and variance 1, exported as a sum and a product with stored vectors, is one layer."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.graph.provenance import fuse
from parity.passes._rewrite import only_consumer, rewrite

PLAIN = {"cast", "permute", "identity"}


def fuse_normalization(graph: LayerGraph) -> LayerGraph:
    """Join each sum with a vector for the channels of an input and the product after it, in a model for inference.

    Deeper in a model the two could be anything; next to its input they are what prepares it.
    """
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in graph.layers if graph.inference_only else ():
        after = only_consumer(graph, layer.outputs[0]) if _is_for_channels(layer, "add") else None
        if after is None or not _is_for_channels(after, "multiply") or not _prepares(graph, layer):
            continue
        axis = layer.attributes["operand_axis"]
        if axis != after.attributes["operand_axis"]:
            continue
        mean, variance = (
            replace(weight, role=role, axes="c")
            for each, role in ((layer, "mean"), (after, "variance"))
            for weight in each.weights
        )
        attributes = {"axes": (axis,), "invert": False, "layout": "c", "mean": None, "variance": None}
        made = replace(
            after, kind="normalization", attributes=attributes, inputs=layer.inputs, weights=(mean, variance)
        )
        replaced[after.path] = fuse(made, (layer,), "2 operators that are a normalization")
        dropped.add(layer.path)
    roles = {weight.name: weight for layer in replaced.values() for weight in layer.weights}
    return rewrite(graph, replaced=replaced, dropped=dropped, weights=roles)


def _is_for_channels(layer: Layer, function: str) -> bool:
    told = layer.kind == "elementwise" and layer.attributes.get("function") == function
    return told and len(layer.inputs) == len(layer.weights) == 1 and "operand_axis" in layer.attributes


def _prepares(graph: LayerGraph, layer: Layer) -> bool:
    """Whether nothing but arithmetic with numbers is between an input of the model and a layer."""
    value = layer.inputs[0]
    while (maker := graph.producers.get(value)) is not None and maker.kind != "input":
        scales = maker.kind == "elementwise" and isinstance(maker.attributes.get("operand"), float)
        if len(maker.inputs) != 1 or maker.weights or not (scales or maker.kind in PLAIN):
            return False
        value = maker.inputs[0]
    return value in graph.inputs
