"""A layer works along a different axis, or the model returns its axes in a different order.

What it detects:
    Matched layers of which one convolves, multiplies, normalises, reduces or runs along a different axis; sums whose
    operands are broadcast along different axes; outputs that are transposed. Every axis is tracked from the inputs on,
    so axes of equal size are told apart.

Why it happens:
    A transpose that was forgotten or is one too many, a missing ``batch_first=True``, ``dim=1`` instead of ``dim=2``.
    If the sizes are equal, no error is raised.

How to fix:
    Give the layer the other side's axis: ``dim=``, ``axis=``, ``batch_first=``, or a transpose before it.

Example:
    ``x.mean(1)`` against ``x.mean(2)`` of a square input; ``nn.LSTM(4, 3)`` against the same with ``batch_first=True``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.kinds import kind
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
        return Explanation(said, "transpose the outputs of the right model to the left's axis order")
    if difference.unknown is not None:
        said = f"its input has the axes {left} on the left, {right} on the right: {difference.unknown.reason}"
        return Explanation(said, difference.unknown.remedy)
    said = f"it works along {left} on the left, along {right} on the right"
    trains = difference.left is not None and kind(difference.left.kind).training_only
    remedy = "transpose before it, or give it the other side's axis"
    return Explanation(said, remedy, effect=Effect.TRAINING if trains else None)


RULE = Rule("layer-axes", Effect.INFERENCE, frozenset({Topic.AXES}), claims, explain)
