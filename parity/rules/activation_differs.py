"""Two aligned layers apply different functions.

What it detects:
    Aligned activations of different functions.

Why it happens:
    A port picked a similar function: ``relu`` for ``relu6``, ``sigmoid`` for ``hard_sigmoid``, ``relu`` for ``gelu``.

How to fix:
    Use the same function on both sides.

Example:
    ``tanh`` on the left, ``relu`` on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import is_saturation


def claims(difference: Difference, _: View) -> bool:
    """The function of an activation."""
    known = difference.name == "function" and difference.unknown is None
    return difference.layer.kind == "activation" and known and not is_saturation(difference)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name both functions."""
    difference = differences[0]
    return Explanation(
        f"{difference.left_value} on the left, {difference.right_value} on the right", "use one function on both sides"
    )


RULE = Rule("activation-differs", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
