"""A layer exists on the left only.

What it detects:
    A layer of the left model without a counterpart on the right, which no more specific rule explains.

Why it happens:
    The port left it out, or built it so differently that it could not be recognised.

How to fix:
    Add it on the right, or remove it on the left.

Example:
    A Keras pooling layer that the PyTorch port leaves out.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import lonely


def claims(difference: Difference, _: View) -> bool:
    """A layer that only the left has."""
    return difference.left is not None


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name it, what it holds and where it would stand."""
    return lonely(differences, view, "left", "right")


RULE = Rule(
    "layer-missing",
    Effect.INFERENCE,
    frozenset({Topic.LAYER, Topic.LAYER_WEIGHTS}),
    claims,
    explain,
    general=True,
)
