"""Weights could not be compared.

What it detects:
    Matched weights whose values are missing or damaged, or cannot be brought into one layout.

Why it happens:
    A snapshot holds no values, a data file is missing, a model is on the meta device; or the meaning of an axis is
    unknown, so that two axis orders are possible.

How to fix:
    Compare files that hold the weights. If only the layout is unknown, compare the outputs.

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
