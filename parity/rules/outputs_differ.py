"""Both models, evaluated on the same inputs, return different outputs.

What it detects:
    An output that is further from the left one than the tolerance (``--output-rtol``, relative to the norm of the left
    output) when both models are evaluated with their stored weights. Checked with ``--outputs``.

Why it happens:
    The weights differ, or the models differ in something that other findings report.

How to fix:
    The report names the first layer whose output differs, and how much of the error each finding accounts for. If that
    is the weights, carry them over.

Example:
    A BatchNorm that adds 1e-5 to a variance of 0.01 where the other adds 1e-3: outputs are 4.7 % apart.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, _: View) -> bool:
    """An output that was computed on both sides."""
    return difference.unknown is None


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say how far it is off, and show the worst element."""
    first = differences[0]
    (left, relative), (right, most) = first.left_value, first.right_value
    message = f"{first.name}: {relative:.2g} apart relative to the left output, by {most:.2g} at most"
    remedy = "see where the models diverge, and carry the weights over if they should be the same"
    return Explanation(message, remedy, left_value=left, right_value=right)


RULE = Rule("outputs-differ", Effect.INFERENCE, frozenset({Topic.OUTPUT}), claims, explain)
