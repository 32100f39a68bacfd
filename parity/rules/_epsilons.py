"""Words for the epsilon of normalisations."""

from math import sqrt

from parity.comparison import Difference, View
from parity.rules._contract import Explanation
from parity.rules._words import norm_code

VARIANCES = (1.0, 0.01, 0.0001)
LEAST = 0.00005
"""A smaller deviation would not show in four digits."""


def scaled(difference: Difference, view: View, of_what: str) -> Explanation:
    """Say what another epsilon does to outputs at three variances."""
    left, right = difference.left_value, difference.right_value
    variances = [variance for variance in VARIANCES if min(variance + left, variance + right) > 0]
    ratios = [sqrt((variance + right) / (variance + left)) for variance in variances]
    digits = 4 if any(abs(ratio - 1) >= LEAST for ratio in ratios) else 6
    said = [f"{ratio:.{digits}f} at {{}}{variance:g}" for ratio, variance in zip(ratios, variances, strict=True)]
    listed = (
        ", ".join(said).format(f"{of_what} ", *[""] * len(said)) or f"undefined, since {of_what} + epsilon is negative"
    )
    message = f"normalised output left/right: {listed}"
    return Explanation(message, f"to match the left: {norm_code(difference, view.right, 'epsilon', left)}")
