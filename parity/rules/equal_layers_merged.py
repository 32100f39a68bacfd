"""Identical layers with the same input are computed once.

What it detects:
    Several layers without weights, equal in kind, settings and input, matched with fewer of them.

Why it happens:
    A model applies a ReLU to one tensor in each branch that starts there; the optimisers of TensorFlow and onnxruntime
    eliminate such common subexpressions.

How to fix:
    Nothing to fix.

Example:
    NASNet applies a ReLU to the input of each branch of a cell; its export has one for all of them.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Undone
from parity.rules._contract import Explanation, Rule
from parity.rules._words import written_on


def claims(difference: Difference, _: View) -> bool:
    """Equal layers on one side."""
    return difference.name == Undone.TWINS


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name the layers."""
    side, layer, _ = written_on(differences[0], view)
    count = len(layer.sources)
    return Explanation(f"{count:,} layers compute the same from the same input on the {side}, one on the other side")


RULE = Rule(Undone.TWINS.value, Effect.BOOKKEEPING, frozenset({Topic.WRITTEN}), claims, explain)
