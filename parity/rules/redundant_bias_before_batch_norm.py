"""A convolution or dense layer before a BatchNorm has a bias on one side only.

What it detects:
    A bias on one side of a layer whose output goes into a batch normalisation and nowhere else.

Why it happens:
    Batch normalisation subtracts the mean, and with it any bias. Keras' own models keep the bias; PyTorch's leave it
    out (``bias=False``).

How to fix:
    When copying to a layer without bias, subtract the bias from that BatchNorm's running mean. When copying to a layer
    with one, set it to zero.

Example:
    ResNet50 has 26,560 such biases in ``keras.applications`` and none in PyTorch.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Evidence
from parity.rules._contract import Explanation, Rule
from parity.transfer import bias_feeds_norm


def claims(difference: Difference, view: View) -> bool:
    """A bias that the next layer takes away again, on the side that has it."""
    if difference.name != "bias" or difference.left is None or difference.right is None:
        return False
    sides = ((view.left, difference.left), (view.right, difference.right))
    # A side without wiring cannot contradict the other.
    wired = [bias_feeds_norm(graph, layer) for graph, layer in sides if graph.evidence is Evidence.GRAPH]
    return bool(wired) and all(wired)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say where the bias goes."""
    difference = differences[0]
    (size,), side = (
        (difference.left_value, "left") if difference.left_value is not None else (difference.right_value, "right")
    )
    message = f"a bias of {size:,} elements on the {side} only, which the BatchNorm after it subtracts again"
    return Explanation(
        message, "when copying to the side without bias, subtract the bias from that BatchNorm's running mean"
    )


RULE = Rule("redundant-bias-before-batch-norm", Effect.CONVERSION, frozenset({Topic.WEIGHT}), claims, explain)
