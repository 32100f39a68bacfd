"""A BatchNorm is folded into the layer before it, in a file for inference.

What it detects:
    A BatchNorm right after a convolution or dense layer, matched with an ONNX file that has this layer alone; and the
    bias that this layer has gained.

Why it happens:
    In inference a BatchNorm multiplies and adds constants. Exporters fold them into the weights before it: W' = W *
    gamma / sqrt(v + epsilon) and b' = (b - mean) * gamma / sqrt(v + epsilon) + beta. If the file shows that (recorded
    by the exporter, or in the names of the weights) it is the same model. If not, it looks from the structure alone
    like a model without the BatchNorm, and the finding is undecided.

How to fix:
    Nothing if the file shows it. Otherwise export without folding: ``torch.onnx.export(..., dynamo=True,
    optimize=False)``. Or compare weights or outputs.

Example:
    ResNet-50 as ONNX has no BatchNorm and 53 convolutions with a bias: 53,120 fewer elements for gamma and beta, 26,560
    more for biases.
"""

from collections.abc import Sequence
from math import isclose

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Layer, LayerGraph, Merged
from parity.kinds import BATCH
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called, plain
from parity.transfer import bias_feeds_norm

REMEDY = "export without merging: torch.onnx.export(..., dynamo=True, optimize=False)"
SINGLE_PRECISION = 1e-6


def claims(difference: Difference, view: View) -> bool:
    """A BatchNorm that an exporter can have merged into the layer before it, and the bias that this leaves there."""
    return _norm(difference, view) is not None


def _norm(difference: Difference, view: View) -> Layer | None:
    """The BatchNorm that a difference comes of, which one side alone has."""
    for mine, other, layer, twin in (
        (view.left, view.right, difference.left, difference.right),
        (view.right, view.left, difference.right, difference.left),
    ):
        if layer is None or not other.inference_only or mine.inference_only:
            continue
        of_left = layer is difference.left
        if difference.topic in {Topic.LAYER, Topic.LAYER_WEIGHTS}:
            maker = mine.producers.get(layer.inputs[0]) if layer.inputs else None
            found = twin is None and maker is not None and _merged(mine, maker, layer, view, of_left=of_left)
            return layer if found else None
        if difference.name == "bias" and layer.outputs:
            users = mine.consumers.get(layer.outputs[0], ())
            return users[0] if users and _merged(mine, layer, users[0], view, of_left=of_left) else None
    return None


def _merged(graph: LayerGraph, layer: Layer, norm: Layer, view: View, *, of_left: bool) -> bool:
    if view.counterpart(norm, of_left=of_left) is not None or not bias_feeds_norm(graph, layer):
        return False
    if norm.attributes.get("statistics") == BATCH:
        return False  # they are another batch's each time
    other = view.counterpart(layer, of_left=of_left)
    return norm.kind == "batch_norm" and other is not None and (other.weight("bias") is not None or bool(other.merged))


def _evidence(norm: Layer, view: View) -> tuple[Layer | None, Merged | None]:
    """The layer that a BatchNorm is merged into, and what its file shows of that."""
    of_left = norm.path in view.left_layers
    graph = view.left if of_left else view.right
    maker = graph.producers.get(norm.inputs[0])
    other = view.counterpart(maker, of_left=of_left) if maker is not None else None
    return other, next(iter(other.merged), None) if other is not None else None


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what it is merged into, and how that is known."""
    first = differences[0]
    norm = _norm(first, view)
    if norm is None:
        raise ValueError(first.key)
    other, shown = _evidence(norm, view)
    left = norm.path in view.left_layers
    values = (norm.op, None) if left else (None, norm.op)
    side, place = "right" if left else "left", called(other) if other is not None else "the layer before"
    if shown is None:
        message = (
            f"{called(norm)} may have been folded into {place} on the {side}; comparing weight values would decide it"
        )
        return Explanation(message, REMEDY, Effect.UNKNOWN, Effect.INFERENCE, *values)
    epsilon = norm.attributes.get("epsilon")
    if (
        shown.epsilon is not None
        and isinstance(epsilon, float)
        and not isclose(epsilon, shown.epsilon, rel_tol=SINGLE_PRECISION)
    ):
        message = f"{called(norm)} is folded into {place} on the {side} with epsilon {plain(shown.epsilon)}"
        both = (epsilon, shown.epsilon) if left else (shown.epsilon, epsilon)
        return Explanation(f"{message}, and has {plain(epsilon)}", REMEDY, Effect.INFERENCE, None, *both)
    how = f"as {shown.path}, according to the exporter" if shown.path else "judging by the names of its weights"
    how = "the weight values confirm it" if shown.by_numbers else how
    message = f"{called(norm)} is folded into the weights of {place} on the {side} ({how}); the outputs are the same"
    return Explanation(message, "", Effect.CONVERSION, None, *values)


RULE = Rule(
    "batch-norm-folded",
    Effect.UNKNOWN,
    frozenset({Topic.LAYER, Topic.LAYER_WEIGHTS, Topic.WEIGHT}),
    claims,
    explain,
    about=_norm,
)
