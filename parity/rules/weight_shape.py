"""Weight shapes differ, so the weight cannot be carried over.

What it detects:
    Matched weights whose sizes differ along an axis of the same meaning.

Why it happens:
    A different number of units or filters, a different kernel size, or a different input size before a Flatten.

How to fix:
    Build the layers with the same sizes.

Example:
    A Dense kernel of (832, 3) against (704, 3).
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import shape


def claims(_: Difference, __: View) -> bool:
    """Every weight of another size."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the weight, its sizes and the axis in which they differ."""
    difference = differences[0]
    message = (
        f"{difference.name} {shape(difference.left_value)} on the left, {shape(difference.right_value)} on the right"
    )
    axes = _axes(difference)
    return Explanation(f"{message}{axes}: it cannot be carried over", "build both with the same sizes")


def _axes(difference: Difference) -> str:
    mine = difference.left.weight(difference.name) if difference.left else None
    theirs = difference.right.weight(difference.name) if difference.right else None
    if mine is None or theirs is None or sorted(mine.axes.split()) != sorted(theirs.axes.split()) or not mine.axes:
        return ""
    sizes = dict(zip(theirs.axes.split(), theirs.shape, strict=True))
    pairs = [(axis, size, sizes[axis]) for axis, size in zip(mine.axes.split(), mine.shape, strict=True)]
    return " (" + ", ".join(f"{axis}: {one} against {two}" for axis, one, two in pairs if one != two) + ")"


RULE = Rule("weight-shape", Effect.INFERENCE, frozenset({Topic.WEIGHT_SHAPE}), claims, explain, general=True)
