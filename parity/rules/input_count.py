"""The models have different numbers of inputs.

What it detects:
    Another number of inputs on each side.

Why it happens:
    An optional input, such as a mask, is built in on one side.

How to fix:
    Build or export both with the same inputs.

Example:
    ``input_ids`` and ``attention_mask`` against ``input_ids`` alone.
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
    left, right = number(difference.left_value, "input"), number(difference.right_value, "input")
    return Explanation(f"{left} on the left, {right} on the right", "build or export both with the same inputs")


RULE = Rule("input-count", Effect.INTERFACE, frozenset({Topic.INPUTS}), claims, explain)
