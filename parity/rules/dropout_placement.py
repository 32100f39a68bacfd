"""A dropout layer exists on one side only.

What it detects:
    A dropout layer without a counterpart, where both sides can be trained.

Why it happens:
    It was left out of a port, or stands at another place. Outputs in inference are the same. A rate of 0
    does nothing in training either, and is bookkeeping.

How to fix:
    Add it where it is missing.

Example:
    ``Dropout(0.5)`` after Flatten in Keras, nothing in PyTorch.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import acts_always


def claims(difference: Difference, view: View) -> bool:
    """A dropout that the other side could have."""
    trained = not (view.left.inference_only or view.right.inference_only)
    return difference.name == "dropout" and trained and not acts_always(difference)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name its rate and side."""
    difference = differences[0]
    side, other = ("left", "right") if difference.left is not None else ("right", "left")
    rate = difference.layer.attributes["rate"]
    values = (rate, None) if difference.left is not None else (None, rate)
    message = f"dropout {rate:g} on the {side} only"
    if not rate:
        return Explanation(f"{message}, which does nothing", "", Effect.BOOKKEEPING, None, *values)
    if difference.unknown is not None:
        return Explanation(
            f"{message}: {difference.unknown.reason}", difference.unknown.remedy, None, Effect.TRAINING, *values
        )
    return Explanation(message, f"add it on the {other}, or remove it on the {side}", None, None, *values)


RULE = Rule("dropout-placement", Effect.TRAINING, frozenset({Topic.LAYER}), claims, explain)
