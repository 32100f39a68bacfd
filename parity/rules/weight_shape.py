"""Weight shapes differ, so the weight cannot be carried over.

What it detects:
    Matched weights whose sizes differ along an axis of the same meaning.

Why it happens:
    A different number of units or filters, a different kernel size, or a different input size before a Flatten. A table
    of positions with rows in front that stand for padding, of which the other model has none.

How to fix:
    Build the layers with the same sizes; of a table with more rows in front carry over those that are looked up.

Example:
    A Dense kernel of (832, 3) against (704, 3).
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View, places_of
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import shape


def claims(_: Difference, __: View) -> bool:
    """Every weight of another size."""
    return True


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name the weight, its sizes and the axis in which they differ."""
    difference = differences[0]
    message = (
        f"{difference.name} {shape(difference.left_value)} on the left, {shape(difference.right_value)} on the right"
    )
    axes = _axes(difference)
    if (rows := _rows(difference, view)) is not None:
        return Explanation(f"{message}{axes}{rows}", "carry over the rows that are looked up")
    return Explanation(f"{message}{axes}: it cannot be carried over", "build both with the same sizes")


def _axes(difference: Difference) -> str:
    mine = difference.left.weight(difference.name) if difference.left else None
    theirs = difference.right.weight(difference.name) if difference.right else None
    if mine is None or theirs is None or sorted(mine.axes.split()) != sorted(theirs.axes.split()) or not mine.axes:
        return ""
    sizes = dict(zip(theirs.axes.split(), theirs.shape, strict=True))
    pairs = [(axis, size, sizes[axis]) for axis, size in zip(mine.axes.split(), mine.shape, strict=True)]
    return " (" + ", ".join(f"{axis}: {one} against {two}" for axis, one, two in pairs if one != two) + ")"


def _rows(difference: Difference, view: View) -> str | None:
    """From which row on each side looks rows up, where it is not the same one."""
    layers = (view.left, difference.left), (view.right, difference.right)
    made = [places_of(graph, layer) if layer is not None else None for graph, layer in layers]
    starts = [each.attributes["start"] for each in made if each is not None]
    if len(starts) < 2 or starts[0] == starts[1]:
        return None
    return f", of which rows are looked up from {starts[0]:g} on the left and from {starts[1]:g} on the right"


RULE = Rule("weight-shape", Effect.INFERENCE, frozenset({Topic.WEIGHT_SHAPE}), claims, explain, general=True)
