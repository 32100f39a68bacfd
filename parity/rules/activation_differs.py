"""Two matched layers apply different functions.

What it detects:
    Matched activations of different functions.

Why it happens:
    A port picked a similar function: ``relu`` for ``relu6``, ``sigmoid`` for ``hard_sigmoid``, ``relu`` for ``gelu``.

How to fix:
    Use the same function on both sides.

Example:
    ``tanh`` on the left, ``relu`` on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Framework
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left
from parity.rules._words import activation_call, is_saturation


def claims(difference: Difference, _: View) -> bool:
    """The function of an activation."""
    known = difference.name == "function" and difference.unknown is None
    return difference.layer.kind == "activation" and known and not is_saturation(difference)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name both functions, and how to apply the left one on the right."""
    difference = differences[0]
    function, settings = str(difference.left_value), (difference.left or difference.layer).attributes
    keras, torch = (activation_call(home, function, settings) for home in (Framework.KERAS, Framework.TORCH))
    message = f"{difference.left_value} on the left, {difference.right_value} on the right"
    return Explanation(message, as_left(view, keras=keras, torch=torch))


RULE = Rule("activation-differs", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
