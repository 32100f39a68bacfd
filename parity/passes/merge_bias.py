"""A product with a kernel and the addition of a vector are one dense layer or convolution with a bias."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph, Weight
from parity.passes._rewrite import absorb, joined, only_consumer, rewrite

UNITS = {"dense": "units", "conv": "filters", "conv_transpose": "filters"}
"""The attribute that tells how many elements a bias has."""


def merge_bias(graph: LayerGraph) -> LayerGraph:
    """Join each such layer without a bias with the addition of a stored vector that alone follows it."""
    replaced: dict[str, Layer] = {}
    dropped = set()
    for layer in graph.layers:
        if layer.kind not in UNITS or layer.weight("bias") is not None or not layer.outputs:
            continue
        after = only_consumer(graph, layer.outputs[0])
        bias = _bias(graph, layer, after) if after is not None else None
        if after is None or bias is None:
            continue
        replaced[layer.path] = replace(
            layer,
            weights=(*layer.weights, bias),
            outputs=after.outputs,
            sources=joined(layer, after),
            notes=absorb(layer, after, f"{after.source} adds its bias"),
        )
        dropped.add(after.path)
    done = rewrite(graph, replaced=replaced, dropped=dropped)
    if done is graph:
        return graph
    biases = {layer.weight("bias") for layer in replaced.values()}
    named = {bias.name: bias for bias in biases if bias is not None}
    return replace(done, weights=tuple(named.get(weight.name, weight) for weight in graph.weights))


def _bias(graph: LayerGraph, layer: Layer, after: Layer) -> Weight | None:
    """What a layer adds to each unit or filter of the one before it, if that is what it does."""
    operand, count = after.weight("operand"), layer.attributes[UNITS[layer.kind]]
    adds = after.kind == "elementwise" and after.attributes.get("function") == "add" and len(after.inputs) == 1
    if not adds or operand is None or operand.numel != count or len(operand.shape) > 1:
        return None
    shape, axis = graph.shape(layer.outputs[0]), after.attributes.get("operand_axis", -1)
    told = axis == -1 and layer.kind == "dense" if shape is None else axis % len(shape) == _axis(layer, len(shape))
    if operand.shape and not told:
        return None
    return replace(operand, role="bias", axes="out", shape=(count,))


def _axis(layer: Layer, rank: int) -> int:
    """The axis of the units or filters."""
    if layer.kind == "dense":
        return int(layer.attributes.get("axis", -1)) % rank
    return rank - 1 if layer.attributes["data_format"] == "channels_last" else 1
