"""A layer works along another axis, or the model returns its axes in another order.

What it detects:
    Aligned layers of which one convolves, multiplies, normalises, reduces or runs along another axis than the other;
    sums whose operands meet along other axes; outputs that are transposed. Every axis is followed from the inputs on,
    so that axes of one size are told apart.

Why it happens:
    A transposition that was forgotten or is one too many, ``batch_first=True`` that was left out, ``dim=1`` for
    ``dim=2``. Where the sizes are equal nothing complains.

How to fix:
    Give the layer the axis of the other side: ``dim=``, ``axis=``, ``batch_first=``, or a transposition before it.

Example:
    ``x.mean(1)`` against ``x.mean(2)`` of a square input; ``nn.LSTM(4, 3)`` against the same with ``batch_first=True``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(_: Difference, __: View) -> bool:
    """Every axis that is not the same."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the axes of both sides."""
    difference = differences[0]
    left, right = difference.left_value, difference.right_value
    if difference.name.startswith("output"):
        said = f"{difference.name} has its axes in the order ({left}) on the left, ({right}) on the right"
        return Explanation(said, "turn what the right model returns into the order of the left one")
    said = f"it works along {left} on the left, along {right} on the right"
    return Explanation(said, "turn the axes before it, or give it the axis that the other side has")


RULE = Rule("layer-axes", Effect.INFERENCE, frozenset({Topic.AXES}), claims, explain)
