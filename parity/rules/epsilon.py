"""Batch normalisations add another epsilon to the variance.

What it detects:
    Aligned batch normalisations with different epsilon.

Why it happens:
    The defaults differ: 0.001 in Keras, 0.00001 in PyTorch and ONNX.

How to fix:
    State it: ``nn.BatchNorm2d(32, eps=1e-3)`` or ``BatchNormalization(epsilon=1e-5)``.

Example:
    The output is scaled by sqrt((v + e1) / (v + e2)) at variance v: with 1e-5 against 1e-3 by 0.9995 at v = 1, 0.954 at 0.01 and
    0.316 at 0.0001.
"""

from collections.abc import Sequence
from math import sqrt

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Framework
from parity.rules._contract import Explanation, Rule

VARIANCES = (1.0, 0.01, 0.0001)


def claims(difference: Difference, _: View) -> bool:
    """The epsilon of a batch normalisation."""
    return difference.layer.kind == "batch_norm" and difference.name == "epsilon"


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what it does to outputs at three variances."""
    difference = differences[0]
    left, right = difference.left_value, difference.right_value
    ratios = (f"{sqrt((variance + left) / (variance + right)):.4g} at variance {variance:g}" for variance in VARIANCES)
    message = f"the right output is the left one scaled by {', '.join(ratios)}"
    call = {Framework.KERAS: f"BatchNormalization(epsilon={left:g})", Framework.TORCH: f"BatchNorm(..., eps={left:g})"}
    return Explanation(message, f"right: {call.get(view.right.framework, f'epsilon={left:g}')}")


RULE = Rule("epsilon", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
