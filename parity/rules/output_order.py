"""The models return the same outputs in a different order.

What it detects:
    Outputs matched by name, or by a shape that no others have, that are returned in a different order. Outputs of the
    same name are compared with each other, whatever their positions.

Why it happens:
    Keras sorts the keys of a dict, PyTorch keeps them as they were put in; a port returns a tuple in another order.

How to fix:
    Take outputs by name, or return them in one order.

Example:
    ``keras.Model(x, {"cls": a, "box": b})`` against ``return {"cls": a, "box": b}``.
"""

from collections.abc import Sequence

from parity.alignment import By
from parity.comparison import Difference, Topic, View, differ_by_place
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(_: Difference, __: View) -> bool:
    """Every other order."""
    return True


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name both orders; it does not matter to who takes outputs by the same names from both."""
    left, right = (", ".join(each) for each in (differences[0].left_value, differences[0].right_value))
    names = view.left.names_of_outputs, view.right.names_of_outputs
    message = f"the outputs are {left} on the left, {right} on the right"
    if not differ_by_place(view):
        pairs = ", ".join(f"{names[0][end.left]} with {names[1][end.right]}" for end in view.alignment.outputs)
        by_name = all(end.by is By.NAME for end in view.alignment.outputs)
        message += f"; compared were {'those of one name' if by_name else pairs}"
        return Explanation(message, "take them by name", Effect.BOOKKEEPING, Effect.INTERFACE, left, right)
    return Explanation(message, "return the outputs in one order", left_value=left, right_value=right)


RULE = Rule("output-order", Effect.INTERFACE, frozenset({Topic.OUTPUT_ORDER}), claims, explain)
"""Callers that take outputs by position get a different one."""
