"""A weight is on one side only.

What it detects:
    A bias, scale or other weight of an aligned layer that the other side does not have.

Why it happens:
    ``use_bias=False`` or ``bias=False``, ``scale=False`` or ``affine=False`` on one side.

How to fix:
    Switch it on or off on both sides. A bias that is missing is the same as one of zeros, a scale as one of ones.

Example:
    ``Dense(10)`` against ``nn.Linear(100, 10, bias=False)``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import shape


def claims(_: Difference, __: View) -> bool:
    """Every weight that only one side has."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the weight and its side."""
    difference = differences[0]
    side, found = (
        ("left", difference.left_value) if difference.left_value is not None else ("right", difference.right_value)
    )
    return Explanation(f"{difference.name} {shape(found)} on the {side} only", "switch it on or off on both sides")


RULE = Rule("weight-missing", Effect.INFERENCE, frozenset({Topic.WEIGHT}), claims, explain, general=True)
