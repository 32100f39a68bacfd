"""Snakes have other frequencies.

What it detects:
    Aligned snakes whose frequencies are not the same.

Why it happens:
    The one framework's default is 1, and the other model was trained with another.

How to fix:
    State the frequency on both sides.

Example:
    ``Snake(frequency=2)`` against ``Snake(frequency=3)``.
"""

from collections.abc import Sequence

from parity.extending import Difference, Effect, Explanation, Rule, Topic, View


def claims(difference: Difference, _: View) -> bool:
    """A frequency that both sides tell."""
    return difference.layer.kind == "snake" and difference.name == "frequency"


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say both."""
    left, right = differences[0].left_value, differences[0].right_value
    return Explanation(
        f"the snake winds {left:g} times on the left, {right:g} times on the right", f"frequency={left:g}"
    )


RULE = Rule("snake-frequency", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
