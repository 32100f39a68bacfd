"""A layer exists on the right only.

What it detects:
    A layer of the right model without a counterpart on the left, which no more specific rule explains.

Why it happens:
    The port added it, or built it so differently that it could not be recognised.

How to fix:
    Add it on the left, or remove it on the right.

Example:
    A normalisation that only the PyTorch port has.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import lonely


def claims(difference: Difference, _: View) -> bool:
    """A layer that only the right has."""
    return difference.right is not None


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name it, what it holds and where it would stand."""
    return lonely(differences, view, "right", "left")


RULE = Rule(
    "layer-extra",
    Effect.INFERENCE,
    frozenset({Topic.LAYER, Topic.LAYER_WEIGHTS}),
    claims,
    explain,
    general=True,
)
