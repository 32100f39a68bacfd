"""The initializer of a weight differs.

What it detects:
    Matched weights whose settings name different initializers, on two sides that both name one.

Why it happens:
    A setting was lost in a port from Keras to Keras. PyTorch and ONNX do not store initializers, so nothing is reported
    for them; their default initial distributions differ from Keras' (a Linear of 100 inputs from -0.1 to 0.1, a Dense
    of 100 to 50 from -0.2 to 0.2).

How to fix:
    Set the same initializer, or carry the weights over, which makes it irrelevant.

Example:
    ``Dense(10)``, which starts with GlorotUniform, against ``Dense(10, kernel_initializer="he_normal")``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.comparison.held import INITIALIZER
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, _: View) -> bool:
    """An initializer."""
    return difference.name.endswith(INITIALIZER)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the weights and what they start from."""
    parts = [
        f"{each.name.removesuffix(INITIALIZER).strip()} starts from {each.left_value} on the left, "
        f"{each.right_value} on the right"
        for each in differences
    ]
    return Explanation("; ".join(parts), "set the same initializer, unless trained weights are carried over")


RULE = Rule("initializer", Effect.TRAINING, frozenset({Topic.HELD}), claims, explain)
