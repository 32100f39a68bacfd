"""The constraint of a weight differs.

What it detects:
    Matched weights of which the settings name different constraints, or one names none.

Why it happens:
    Keras keeps constraints in the layer, ``kernel_constraint="max_norm"``, and applies them after each step of the
    optimizer. PyTorch has none: a training loop clips the weights itself, and no model file holds that.

How to fix:
    ``with torch.no_grad(): layer.weight.clamp_(min=0)`` after ``optimizer.step()`` is ``NonNeg``;
    ``torch.renorm`` along the outputs is ``MaxNorm``.

Example:
    ``Dense(10, kernel_constraint="non_neg")`` matched with ``nn.Linear(8, 10)``.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.comparison.held import CONSTRAINT
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, _: View) -> bool:
    """A constraint."""
    return difference.name.endswith(CONSTRAINT)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the weights and what bounds them on either side."""
    parts = []
    for each in differences:
        role = each.name.removesuffix(CONSTRAINT).strip()
        left, right = (value or "nothing" for value in (each.left_value, each.right_value))
        parts.append(f"{role} is bounded by {left} on the left, by {right} on the right")
    message = "; ".join(parts)
    unknown = next((each.unknown for each in differences if each.unknown is not None), None)
    if unknown is not None:
        return Explanation(f"{message}: {unknown.reason}", unknown.remedy, concerns=Effect.TRAINING)
    return Explanation(message, "give the layer the same constraint on both sides")


RULE = Rule("weight-constraint", Effect.TRAINING, frozenset({Topic.HELD}), claims, explain)
