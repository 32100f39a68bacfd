"""The models take the same inputs in a different order.

What it detects:
    Matched inputs at different positions of the call. If callers of one side pass inputs by name, it is bookkeeping.

Why it happens:
    A port lists its inputs in another order, or an exporter sorts them.

How to fix:
    List them in one order, or pass inputs by name.

Example:
    ``keras.Model([ids, mask], ...)`` against ``forward(self, mask, ids)``.
"""

from collections.abc import Sequence

from parity.alignment import By
from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(_: Difference, __: View) -> bool:
    """Every input at another place."""
    return True


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name both places; they do not matter to who gives inputs by the same names to both."""
    found = differences[0]
    end = next((each for each in view.alignment.inputs if each.left == found.left_value), None)
    left, right = (value + 1 for value in (differences[0].left_value, differences[0].right_value))
    message = f"input number {left} on the left, number {right} on the right"
    if end is not None and end.named:
        message += ", of the same name" if end.by is By.NAME else ", which callers give by name"
        return Explanation(message, "pass it by name", Effect.BOOKKEEPING, Effect.INTERFACE, left, right)
    return Explanation(message, "list the inputs in one order", left_value=left, right_value=right)


RULE = Rule("input-order", Effect.INTERFACE, frozenset({Topic.INPUT_ORDER}), claims, explain)
