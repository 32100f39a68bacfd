"""The same amount of padding is split differently between the two ends.

What it detects:
    Matched convolutions or poolings with the same total padding, of which more is at the other end.

Why it happens:
    TensorFlow's ``same`` puts the odd pixel at the end; PyTorch and Caffe pad both ends alike.

How to fix:
    Pad by hand before a layer without padding: ``nn.ZeroPad2d((0, 1, 0, 1))``, or ``ZeroPadding2D(((1, 0), (1, 0)))``.

Example:
    A 4x4 window with stride 2: ``same`` pads (1, 1) over an even size, (0, 1) over an odd one.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left, both_told
from parity.rules._windows import WINDOWS, amounts, hidden_at, pad_code, totals


def claims(difference: Difference, _: View) -> bool:
    """Equal sums at the two ends of each axis."""
    if not both_told(difference, WINDOWS, "padding"):
        return False
    left, right = amounts(difference.left_value), amounts(difference.right_value)
    return left is not None and right is not None and totals(left) == totals(right)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say by how much the windows are shifted, and at which sizes it would not show."""
    difference = differences[0]
    left, right = amounts(difference.left_value) or (), amounts(difference.right_value) or ()
    shifts = [theirs[0] - mine[0] for mine, theirs in zip(left, right, strict=True)]
    pixels = ", ".join(str(abs(each)) for each in shifts)
    side = "right" if max(shifts) > 0 else "left"
    message = f"windows begin {pixels} pixels further out on the {side}"
    message += hidden_at(difference)
    return Explanation(message, as_left(view, **pad_code(left)))


RULE = Rule("padding-side", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
