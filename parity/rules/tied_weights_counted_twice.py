"""A weight is shared between layers on one side and stored twice on the other.

What it detects:
    A weight that one side has already counted under another layer.

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
from parity.rules._words import stored_once, stored_transposed


def claims(difference: Difference, view: View) -> bool:
    """Every weight that is tied on one side only, but for what an exporter has merged or stored twice."""
    return not stored_once(difference, view) and not stored_transposed(difference, view)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say on which side it is shared."""
    side = "left" if differences[0].left_value == "shared" else "right"
    names = ", ".join(each.name for each in differences)
    verb = "is" if len(differences) == 1 else "are"
    stored = view.left.inference_only or view.right.inference_only
    message = f"{names} {verb} shared with another layer on the {side} only"
    return Explanation(
        message, "tie the weights on both sides, or on neither", effect=Effect.BOOKKEEPING if stored else None
    )


RULE = Rule("tied-weights-counted-twice", Effect.TRAINING, frozenset({Topic.TIE}), claims, explain)
