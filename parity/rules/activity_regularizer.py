"""The activity regularizer of a layer differs.

What it detects:
    Matched layers whose settings name different activity regularizers, or one names none; and regularizers and
    constraints of a layer that apply to none of its weights.

Why it happens:
    ``activity_regularizer`` penalises the output of a Keras layer. PyTorch has no such setting: the loss does it, which
    no model file holds.

How to fix:
    Keras divides the penalty by the size of the batch: for L2 with factor l add ``l * y.square().sum() / len(y)`` to
    the loss.

Example:
    ``Dense(10, activity_regularizer="l2")`` matched with ``nn.Linear(8, 10)``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.comparison.held import PENALTY
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, _: View) -> bool:
    """A penalty that is of no weight."""
    return difference.name.endswith(PENALTY)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the setting on either side."""
    parts = []
    for each in differences:
        left, right = (value or "nothing" for value in (each.left_value, each.right_value))
        parts.append(f"{each.name.removesuffix(PENALTY).strip()} is {left} on the left, {right} on the right")
    message = "; ".join(parts)
    unknown = next((each.unknown for each in differences if each.unknown is not None), None)
    if unknown is not None:
        return Explanation(f"{message}: {unknown.reason}", unknown.remedy, concerns=Effect.TRAINING)
    return Explanation(message, "give the layer the same setting on both sides")


RULE = Rule("activity-regularizer", Effect.TRAINING, frozenset({Topic.HELD}), claims, explain)
