"""BatchNorm momentum was copied between frameworks in which it has opposite meanings.

What it detects:
    Matched batch normalisations of Keras and PyTorch with the same number for momentum, other than 0.5.

Why it happens:
    Keras' momentum weighs the old statistics (default 0.99), PyTorch's the new ones (default 0.1). The same number
    makes one follow slowly and the other at once. Outputs in inference do not depend on it.

How to fix:
    Subtract it from 1: Keras ``momentum=0.99`` is PyTorch ``momentum=0.01``.

Example:
    ``BatchNormalization(momentum=0.99)`` and ``nn.BatchNorm2d(32, momentum=0.99)``: of the statistics before a step
    0.99 remain in Keras, 0.01 in PyTorch.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._momenta import is_copied
from parity.rules._words import norm_code, plain


def claims(difference: Difference, view: View) -> bool:
    """A number that both sides have, each in its own sense."""
    return is_copied(difference, view)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what remains of the old statistics on either side."""
    difference = differences[0]
    left, right = plain(difference.left_value), plain(difference.right_value)
    message = f"same number, opposite meaning: weight of the old running statistics {left} / {right}"
    code = norm_code(difference, view.right, "momentum", difference.left_value)
    return Explanation(message, f"to match the left: {code}")


RULE = Rule("momentum-convention", Effect.TRAINING, frozenset({Topic.ATTRIBUTE}), claims, explain)
