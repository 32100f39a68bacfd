"""Two consecutive layers are in the opposite order.

What it detects:
    Two matched layers of which the first feeds the second on the left, and the second the first on the right.

Why it happens:
    The layers were put in another order: normalisation before or after the activation, dropout before or after it,
    pooling before or after it.

How to fix:
    Call them in the order of the other side.

Example:
    ``relu(bn(x))`` against ``bn(relu(x))``.
"""

from collections.abc import Sequence

from parity.comparison import ORDER, Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import classes, with_classes


def claims(difference: Difference, _: View) -> bool:
    """Two layers that have changed places."""
    return difference.name == ORDER


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name both in the order of either side."""
    difference = differences[0]
    left = " before ".join(with_classes(difference.left_value, view.left))
    right = " before ".join(with_classes(difference.right_value, view.right))
    orders = (classes(difference.left_value, view.left), classes(difference.right_value, view.right))
    message = f"{left} on the left, {right} on the right"
    return Explanation(message, "call the two in the order of the other side", None, None, *orders)


RULE = Rule("layers-swapped", Effect.INFERENCE, frozenset({Topic.WIRING}), claims, explain)
