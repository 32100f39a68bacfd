"""A BatchNorm is stored as one scale and one offset per channel, its statistics folded in.

What it detects:
    A BatchNorm matched with a multiplication and an addition with one stored value per channel.

Why it happens:
    In inference a BatchNorm multiplies by gamma / sqrt(v + epsilon) and adds beta - mean * gamma / sqrt(v + epsilon).
    Exporters compute these two vectors if no convolution before it can take them in. Its epsilon is part of their
    values: if the weight values of both models can be read, they show which epsilon it was.

How to fix:
    Nothing to fix for inference. A model that is to be trained further needs the four vectors: take them from the
    original.

Example:
    DenseNet121 as ONNX has 62 pairs of Mul and Add in place of the BatchNorms before its activations.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Layer, LayerGraph
from parity.kinds import MERGED
from parity.rules._contract import Explanation, Rule
from parity.rules._words import INTEGERS, called, plain

REMEDY = "compare with the model that was exported, or export with the epsilon of the other side"
NAMES = {"epsilon", "statistics", "gamma", "beta", "moving_mean", "moving_variance"}


def claims(difference: Difference, view: View) -> bool:
    """What differs between the two vectors and a BatchNorm."""
    return difference.name in NAMES and _merged(difference, view) is not None


def _merged(difference: Difference, view: View) -> tuple[LayerGraph, Layer, Layer] | None:
    """The graph and the layer that has two vectors, and its counterpart with four."""
    left, right = difference.left, difference.right
    if left is None or right is None or left.kind != "batch_norm":
        return None
    for graph, layer, other in ((view.left, left, right), (view.right, right, left)):
        if layer.attributes.get("statistics") == MERGED != other.attributes.get("statistics"):
            return graph, layer, other
    return None


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name both forms."""
    found = _merged(differences[0], view)
    if found is None:
        raise ValueError(differences[0].key)
    graph, layer, other = found
    side = "left" if graph is view.left else "right"
    form = f"{called(other)} is a product and a sum on the {side}, with {layer.weights[0].numel:,} values each"
    if layer.weights[0].dtype.startswith(INTEGERS) and other.weights[0].dtype.startswith("float"):
        message = f"{form}, rounded to {layer.weights[0].dtype} there, which hides its epsilon"
        return Explanation(message, "", None if graph.inference_only else Effect.TRAINING)
    shown = next((each for each in layer.merged if each.by_numbers), None)
    epsilon = other.attributes.get("epsilon")
    if shown is None or shown.epsilon is None or not isinstance(epsilon, float):
        message = f"{form}; the values do not show whether they were computed with its epsilon"
        return Explanation(message, REMEDY, Effect.UNKNOWN, Effect.INFERENCE)
    if shown.epsilon != epsilon:
        both = (shown.epsilon, epsilon) if graph is view.left else (epsilon, shown.epsilon)
        message = f"{form} computed with epsilon {plain(shown.epsilon)}; the layer has {plain(epsilon)}"
        return Explanation(message, REMEDY, Effect.INFERENCE, None, *both)
    message = f"{form} computed from its statistics and weights, with its epsilon"
    return Explanation(message, "", None if graph.inference_only else Effect.TRAINING)


RULE = Rule(
    "batch-norm-merged-statistics",
    Effect.CONVERSION,
    frozenset({Topic.ATTRIBUTE, Topic.WEIGHT}),
    claims,
    explain,
)
