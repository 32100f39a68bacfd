"""An input size is dynamic on one side and fixed on the other.

What it detects:
    An input axis, other than the batch, that is free on one side only.

Why it happens:
    Keras models without a top accept images of any size; exporters record the size of the example.

How to fix:
    Nothing, if you run the recorded size. Otherwise give both sides a fixed size, or export with dynamic shapes.

Example:
    (None, None, None, 3) against (1, 3, 224, 224).
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(_: Difference, __: View) -> bool:
    """Every axis that is not the batch."""
    return True


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the axis and the size."""
    difference = differences[0]
    said = [
        f"{value} on the {side}" if isinstance(value, int) else f"free on the {side}"
        for value, side in ((difference.left_value, "left"), (difference.right_value, "right"))
    ]
    return Explanation(f"size along {difference.name}: {', '.join(said)}")


RULE = Rule("size-left-free", Effect.BOOKKEEPING, frozenset({Topic.FREE_SIZE}), claims, explain, general=True)
