"""Normalisations add another epsilon to the variance.

What it detects:
    Aligned batch or layer normalisations with different epsilon.

Why it happens:
    The defaults differ: 0.001 in Keras, 0.00001 in PyTorch and ONNX.

How to fix:
    State it: ``nn.BatchNorm2d(32, eps=1e-3)`` or ``BatchNormalization(epsilon=1e-5)``.

Example:
    Before beta is added, the output is scaled by sqrt((v + e1) / (v + e2)) at variance v: with 1e-5 against 1e-3 by
    0.9995 at v = 1, 0.954 at 0.01 and 0.316 at 0.0001.
"""

from collections.abc import Sequence
from math import sqrt

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import norm_code

VARIANCES = (1.0, 0.01, 0.0001)
LEAST = 0.00005
"""A smaller deviation would not show in four digits."""

NORMS = {"batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm"}


def claims(difference: Difference, _: View) -> bool:
    """The epsilon of a normalisation that knows it on both sides."""
    known = difference.unknown is None and None not in (difference.left_value, difference.right_value)
    return difference.layer.kind in NORMS and difference.name == "epsilon" and known


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what it does to outputs at three variances."""
    difference = differences[0]
    left, right = difference.left_value, difference.right_value
    ratios = [sqrt((variance + right) / (variance + left)) for variance in VARIANCES]
    digits = 4 if any(abs(ratio - 1) >= LEAST for ratio in ratios) else 7
    said = ", ".join(f"{ratio:.{digits}f} at {variance:g}" for ratio, variance in zip(ratios, VARIANCES, strict=True))
    message = f"before beta is added, the left output is the right one times, by variance: {said}"
    return Explanation(message, f"to be as the left: {norm_code(difference, view.right, 'epsilon', left)}")


RULE = Rule("epsilon", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
