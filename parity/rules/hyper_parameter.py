"""A setting of matched layers differs.

What it detects:
    A behavioural attribute with different values, which no more specific rule explains.

Why it happens:
    A default differs between the frameworks, or the port set another value.

How to fix:
    Set the same value on both sides; the finding names the argument where one takes it.

Example:
    ``strides`` (2, 2) on the left, (1, 1) on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._arguments import remedy
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import effect_of
from parity.rules._windows import hidden_at
from parity.rules._words import plain


def claims(_: Difference, __: View) -> bool:
    """Every attribute."""
    return True


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name the attribute and both values, and the argument that sets it."""
    difference = differences[0]
    effect = effect_of(difference)
    if difference.unknown is not None:
        reason = f"{difference.name}: {difference.unknown.reason}"
        return Explanation(reason, difference.unknown.remedy, concerns=effect)
    left, right = plain(difference.left_value), plain(difference.right_value)
    message = f"{difference.name} is {left} on the left, {right} on the right{hidden_at(difference)}"
    return Explanation(message, remedy(difference, view), effect=effect)


RULE = Rule("hyper-parameter", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain, general=True)
