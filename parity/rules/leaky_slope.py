"""Leaky ReLU slope differs.

What it detects:
    Matched leaky ReLUs with different slopes.

Why it happens:
    The defaults differ: 0.3 in Keras 2 and Keras 3, 0.01 in PyTorch and ONNX, 0.2 in ``tf.nn.leaky_relu``.

How to fix:
    State it: ``nn.LeakyReLU(0.3)`` or ``LeakyReLU(negative_slope=0.01)``.

Example:
    With 0.3 against 0.01 every negative input comes out thirty times as large on one side.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left, both_told

KINDS = frozenset({"activation"})


def claims(difference: Difference, _: View) -> bool:
    """A slope that both sides tell."""
    return both_told(difference, KINDS, "negative_slope")


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what becomes of negative inputs."""
    left, right = differences[0].left_value, differences[0].right_value
    message = f"a negative input is multiplied by {left:g} on the left, by {right:g} on the right"
    remedy = as_left(view, keras=f"LeakyReLU(negative_slope={left:g})", torch=f"nn.LeakyReLU({left:g})")
    return Explanation(message, remedy)


RULE = Rule("leaky-slope", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
