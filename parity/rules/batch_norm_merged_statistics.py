"""A BatchNorm is stored as one scale and one offset per channel, its statistics folded in.

What it detects:
    A BatchNorm matched with a multiplication and an addition with one stored value per channel.

Why it happens:
    In inference a BatchNorm multiplies by gamma / sqrt(v + epsilon) and adds beta - mean * gamma / sqrt(v + epsilon).
    Exporters compute these two vectors if no convolution before it can take them in. Its epsilon is part of their
    values and can no longer be read.

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
from parity.rules._words import called

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
    message = (
        f"{called(other)} is a product and a sum on the {side}, with {layer.weights[0].numel:,} values each "
        "computed from its statistics, weights and epsilon"
    )
    return Explanation(message, "", None if graph.inference_only else Effect.TRAINING)


RULE = Rule(
    "batch-norm-merged-statistics",
    Effect.CONVERSION,
    frozenset({Topic.ATTRIBUTE, Topic.WEIGHT}),
    claims,
    explain,
)
