"""The regularizer of a weight differs.

What it detects:
    Matched weights of which the settings name different regularizers, or one names none.

Why it happens:
    Keras keeps it in the layer, ``kernel_regularizer="l2"``, and adds it to the loss; PyTorch keeps it in the optimizer
    as ``weight_decay``, which no model file holds. So between Keras and PyTorch it is only a remark; between two Keras
    models it is a difference.

How to fix:
    L2 with factor l adds l * w ** 2 to the loss: ``torch.optim.SGD(..., weight_decay=2 * l)`` for these weights.
    AdamW's decay is decoupled, so it is not equivalent.

Example:
    ``Dense(10, kernel_regularizer=keras.regularizers.L2(1e-4))`` is ``weight_decay=2e-4`` with SGD.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.comparison.held import REGULARIZER
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, _: View) -> bool:
    """A regularizer."""
    return difference.name.endswith(REGULARIZER)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name the weights and what holds them on either side."""
    parts = []
    for each in differences:
        role = each.name.removesuffix(REGULARIZER).strip()
        left, right = (value or "nothing" for value in (each.left_value, each.right_value))
        parts.append(f"the regularizer of {role} is {left} on the left, {right} on the right")
    if view.left.framework is view.right.framework:
        return Explanation("; ".join(parts), "give the layer the same regularizer on both sides")
    message = f"{'; '.join(parts)}, where the optimizer may do it"
    remedy = "in torch.optim.SGD an L2 of l is weight_decay=2 * l for these weights"
    return Explanation(message, remedy, remark=True)


RULE = Rule("regularizer", Effect.TRAINING, frozenset({Topic.HELD}), claims, explain)
