"""A batch normalisation has no counterpart in a file for inference, whose layer before it can hold it.

What it detects:
    A BatchNorm right after a convolution or dense layer, facing an ONNX file that has this layer alone; and the bias
    which that layer has gained.

Why it happens:
    In inference a BatchNorm multiplies and adds constants. Exporters merge them into the weights before it: W' = W *
    gamma / sqrt(v + epsilon) and b' = (b - mean) * gamma / sqrt(v + epsilon) + beta. From the structure alone that
    looks like a model without the BatchNorm.

How to fix:
    Export without merging: ``torch.onnx.export(..., dynamo=True, optimize=False)``. Or compare weights or outputs.

Example:
    ResNet-50 as ONNX has no BatchNorm and 53 convolutions with a bias.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Layer, LayerGraph
from parity.rules._contract import Explanation, Rule
from parity.rules._words import bias_feeds_norm, called

REMEDY = "export without merging: torch.onnx.export(..., dynamo=True, optimize=False)"


def claims(difference: Difference, view: View) -> bool:
    """A BatchNorm that an exporter can have merged into the layer before it, and the bias that this leaves there."""
    for (mine, other), layer, twin in (
        ((view.left, view.right), difference.left, difference.right),
        ((view.right, view.left), difference.right, difference.left),
    ):
        if layer is None or not other.inference_only or mine.inference_only:
            continue
        of_left = layer is difference.left
        if difference.topic in {Topic.LAYER, Topic.LAYER_WEIGHTS}:
            maker = mine.producers.get(layer.inputs[0]) if layer.inputs else None
            return twin is None and maker is not None and _merged(mine, maker, layer, view, of_left=of_left)
        if difference.name == "bias" and layer.weight("bias") is None:
            users = mine.consumers.get(layer.outputs[0], ()) if layer.outputs else ()
            return bool(users) and _merged(mine, layer, users[0], view, of_left=of_left)
    return False


def _merged(graph: LayerGraph, layer: Layer, norm: Layer, view: View, *, of_left: bool) -> bool:
    if view.counterpart(norm, of_left=of_left) is not None or not bias_feeds_norm(graph, layer):
        return False
    other = view.counterpart(layer, of_left=of_left)
    return norm.kind == "batch_norm" and other is not None and other.weight("bias") is not None


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say what it is merged into, if it is."""
    first = differences[0]
    values = (first.left_value, first.right_value)
    if first.topic is Topic.WEIGHT:
        side = "left" if first.left_value is not None else "right"
        message = f"a bias on the {side} only, which merging a BatchNorm into {called(first.layer)} leaves there"
    else:
        side = "right" if first.left is not None else "left"
        values = (first.layer.op, None) if first.left is not None else (None, first.layer.op)
        place = called(first.place) if first.place is not None else "the layer before"
        message = f"{called(first.layer)} can have been merged into {place} on the {side}; its weights would tell"
    return Explanation(message, REMEDY, Effect.UNKNOWN, Effect.INFERENCE, *values)


RULE = Rule(
    "batch-norm-folded",
    Effect.UNKNOWN,
    frozenset({Topic.LAYER, Topic.LAYER_WEIGHTS, Topic.WEIGHT}),
    claims,
    explain,
)
