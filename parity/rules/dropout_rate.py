"""Dropouts drop another share.

What it detects:
    Aligned dropouts with different rates.

Why it happens:
    The port set another rate, or took the share to keep for the share to drop (``keep_prob`` in TensorFlow 1).

How to fix:
    Set the same rate: it is the share that is dropped in both frameworks.

Example:
    ``Dropout(0.5)`` on the left, ``nn.Dropout(0.1)`` on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left, both_told

KINDS = frozenset({"dropout"})


def claims(difference: Difference, _: View) -> bool:
    """A rate that both sides tell."""
    return both_told(difference, KINDS, "rate")


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what each drops."""
    left, right = differences[0].left_value, differences[0].right_value
    kept = "; one is the share that the other keeps" if abs(left + right - 1) < TINY else ""
    message = f"{left:g} of the inputs are dropped in training on the left, {right:g} on the right{kept}"
    return Explanation(message, as_left(view, keras=f"Dropout({left:g})", torch=f"nn.Dropout({left:g})"))


TINY = 1e-6


RULE = Rule("dropout-rate", Effect.TRAINING, frozenset({Topic.ATTRIBUTE}), claims, explain)
