"""Weights were to be compared, and it could not be done.

What it detects:
    Aligned weights whose numbers are not there, are damaged, or cannot be brought into one layout.

Why it happens:
    A snapshot holds no numbers, a data file is missing, a model is on the meta device; or the meaning of an axis is not
    known, so that two orders of axes are possible.

How to fix:
    Compare files that hold the weights. Where only the layout is not known, compare the outputs.

Example:
    An ONNX file without its ``.onnx.data``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._values import compared, names


def claims(difference: Difference, _: View) -> bool:
    """Every weight that could not be compared."""
    return difference.unknown is not None


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say why not."""
    found = [compared(each) for each in differences]
    reasons = dict.fromkeys(f"the {each.role.replace('_', ' ')} was not compared: {each.reason}" for each in found)
    left, right = names(found)
    return Explanation("; ".join(reasons), "compare the outputs", None, Effect.INFERENCE, left, right)


RULE = Rule("weights-unread", Effect.UNKNOWN, frozenset({Topic.VALUES}), claims, explain)
