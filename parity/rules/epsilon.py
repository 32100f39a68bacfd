"""BatchNorm epsilon differs.

What it detects:
    Matched batch normalisations with different epsilon.

Why it happens:
    The defaults differ: 0.001 in Keras, 0.00001 in PyTorch and ONNX.

How to fix:
    State it: ``nn.BatchNorm2d(32, eps=1e-3)`` or ``BatchNormalization(epsilon=1e-5)``.

Example:
    Before beta is added, the output is scaled by sqrt((v + e1) / (v + e2)) at variance v: with 1e-5 against 1e-3 by
    0.9995 at v = 1, 0.954 at 0.01 and 0.316 at 0.0001.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._epsilons import scaled
from parity.rules._setting import both_told

KINDS = frozenset({"batch_norm"})


def claims(difference: Difference, _: View) -> bool:
    """The epsilon of a batch normalisation that knows it on both sides."""
    return both_told(difference, KINDS, "epsilon")


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what it does to outputs at three variances."""
    return scaled(differences[0], view, "variance")


RULE = Rule("epsilon", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
