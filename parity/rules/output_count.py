"""The models have different numbers of outputs.

What it detects:
    Another number of outputs on each side.

Why it happens:
    One side also returns hidden states or an auxiliary head.

How to fix:
    Build or export both with the same outputs.

Example:
    Logits and hidden states against logits alone.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import number


def claims(_: Difference, __: View) -> bool:
    """Another number."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name both numbers."""
    difference = differences[0]
    left, right = number(difference.left_value, "output"), number(difference.right_value, "output")
    return Explanation(f"{left} on the left, {right} on the right", "build or export both with the same outputs")


RULE = Rule("output-count", Effect.INTERFACE, frozenset({Topic.OUTPUTS}), claims, explain)
