"""A weight is shared between layers on one side and stored twice on the other.

What it detects:
    A weight that one side has counted already under another layer.

Why it happens:
    Tying was not carried over, or an exporter stored the tensor twice, once transposed.

How to fix:
    Tie them again: ``head.weight = embedding.weight``. In a file for inference two equal copies give equal outputs.

Example:
    A language model whose output projection is its embedding: 80 elements in the state_dict, 40 parameters.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(_: Difference, __: View) -> bool:
    """Every weight that is tied on one side only."""
    return True


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say on which side it is shared."""
    difference = differences[0]
    side = "right" if difference.delta < 0 else "left"
    stored = view.left.inference_only or view.right.inference_only
    message = f"{difference.name} is shared with another layer on the {side} only"
    return Explanation(message, "tie the weights on both sides", effect=Effect.BOOKKEEPING if stored else None)


RULE = Rule("tied-weights", Effect.TRAINING, frozenset({Topic.TIE}), claims, explain)
