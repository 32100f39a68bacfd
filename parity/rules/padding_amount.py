"""The amount of padding differs.

What it detects:
    Matched convolutions or poolings with more padding on one side.

Why it happens:
    The port left the padding out, or TensorFlow's ``same`` pads less at a stride than half the window at both ends.

How to fix:
    Pad by hand before a layer without padding: ``nn.ZeroPad2d((0, 1, 0, 1))``, or ``ZeroPadding2D(((0, 1), (0, 1)))``.

Example:
    A 3x3 window with stride 2 over 224 pixels: ``same`` pads (0, 1), ``padding=1`` pads (1, 1): as many outputs, from
    windows that begin one pixel further out.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left, both_told
from parity.rules._windows import WINDOWS, amounts, hidden_at, pad_code, totals


def claims(difference: Difference, _: View) -> bool:
    """Other sums at the two ends of an axis."""
    if not both_told(difference, WINDOWS, "padding"):
        return False
    left, right = amounts(difference.left_value), amounts(difference.right_value)
    return left is not None and right is not None and totals(left) != totals(right)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Give both, and at which sizes it would not show."""
    difference = differences[0]
    left, right = amounts(difference.left_value) or (), amounts(difference.right_value) or ()
    message = f"pixels at both ends: {_told(left)} / {_told(right)}"
    return Explanation(message + hidden_at(difference), as_left(view, **pad_code(left)))


def _told(found: Sequence[tuple[int, int]]) -> str:
    alike = found[:1] if len(set(found)) == 1 else found
    return " and ".join(str(each) for each in alike)


RULE = Rule("padding-amount", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
