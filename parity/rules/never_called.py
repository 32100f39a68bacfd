"""Weights are never used.

What it detects:
    Weights of a layer or module that the model holds and never calls, without a counterpart.

Why it happens:
    A module is left over in ``__init__``, or belongs to a branch that is used in training only.

How to fix:
    Delete the module, or leave it: outputs do not depend on it, counts do.

Example:
    ``self.old_head = nn.Linear(100, 10)`` that ``forward`` does not mention.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._branches import is_branch
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, view: View) -> bool:
    """Weights that nothing uses, of a layer by itself."""
    return difference.name == "unused" and not is_branch(difference, view)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Count them."""
    layer = differences[0].layer
    count = sum(weight.numel for weight in layer.weights)
    return Explanation(f"{layer.source} holds {count:,} elements that no call uses")


RULE = Rule("never-called", Effect.BOOKKEEPING, frozenset({Topic.LAYER, Topic.LAYER_WEIGHTS}), claims, explain)
