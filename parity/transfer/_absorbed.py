"""A bias that a batch normalisation after it takes away again: where one side has none, its moving mean is another."""

from math import prod

from parity.comparison import View
from parity.graph import Evidence, Layer, LayerGraph, Weight
from parity.transfer._expression import Expression, Sum, reshape, scale
from parity.transfer._stored import Sizes, of_weight

CONVOLUTIONS = {"conv", "conv_transpose"}
MEAN = "moving_mean"


def bias_feeds_norm(graph: LayerGraph, layer: Layer) -> bool:
    """Whether the output of a layer goes into a batch normalisation of the same channels and nowhere else."""
    if layer.kind not in {*CONVOLUTIONS, "dense"} or not layer.outputs or layer.outputs[0] in graph.outputs:
        return False
    users = graph.consumers.get(layer.outputs[0], ())
    if len(users) != 1 or users[0].kind != "batch_norm":
        return False
    axis, sizes = users[0].attributes.get("axis"), graph.shape(layer.outputs[0])
    if not isinstance(axis, int) or sizes is None:
        return axis == "C"
    first = layer.kind in CONVOLUTIONS and layer.attributes.get("data_format") == "channels_first"
    return axis % len(sizes) == (1 if first else len(sizes) - 1)


def absorbing_norms(view: View, left: Layer, right: Layer) -> tuple[Layer, Layer] | None:
    """The normalisations after two aligned layers of which one has a bias, which their moving means make up for.

    A side without wiring is taken to be as the other one.
    """
    if (left.weight("bias") is None) is (right.weight("bias") is None):
        return None
    found: list[tuple[Layer, Layer]] = []
    for graph, layer, of_left in ((view.left, left, True), (view.right, right, False)):
        if graph.evidence is not Evidence.GRAPH:
            continue
        norm = graph.consumers[layer.outputs[0]][0] if bias_feeds_norm(graph, layer) else None
        other = view.counterpart(norm, of_left=of_left) if norm is not None else None
        if norm is None or other is None or other.kind != "batch_norm":
            return None
        found.append((norm, other) if of_left else (other, norm))
    if not found or found[0] != found[-1]:
        return None
    sound = all(
        norm.weight(MEAN) is not None and norm.attributes.get("statistics") not in {"batch", "merged"}
        for norm in found[0]
    )
    return found[0] if sound else None


def layers_before(view: View, left: Layer, right: Layer) -> tuple[Layer, Layer] | None:
    """The aligned layers of whose biases the moving means of two normalisations make up for one."""
    for graph, norm, of_left in ((view.left, left, True), (view.right, right, False)):
        made = graph.producers.get(norm.inputs[0]) if graph.evidence is Evidence.GRAPH and norm.inputs else None
        other = view.counterpart(made, of_left=of_left) if made is not None else None
        if made is not None and other is not None:
            pair = (made, other) if of_left else (other, made)
            return pair if absorbing_norms(view, *pair) == (left, right) else None
    return None


def without_bias(mean: Expression, bias: Weight | None, sizes: Sizes) -> Expression | None:
    """A moving mean of what comes before a bias is added; None where the bias is not among the stored tensors."""
    value = of_weight(bias, sizes) if bias is not None else None
    if bias is None or value is None or bias.numel != prod(mean.shape):
        return None if bias is not None else mean
    return Sum(mean.shape, (mean, scale(reshape(value, mean.shape), -1)))
