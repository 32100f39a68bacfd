"""BatchNorm momentum (running-statistics update rate) differs.

What it detects:
    Matched BatchNorms with different momentum, both stated as in Keras: the weight of the old value.

Why it happens:
    Keras' momentum m weighs the old statistics (default 0.99), PyTorch's the new ones (default 0.1): they are the
    same where m_keras = 1 - m_torch. Outputs in inference do not depend on it.

How to fix:
    Keras ``momentum=0.9`` is PyTorch ``momentum=0.1``.

Example:
    Keras ``BatchNormalization(momentum=0.15)`` is ``nn.BatchNorm2d(32, momentum=0.85)``, not the default 0.1.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Framework, LayerGraph
from parity.rules._contract import Explanation, Rule
from parity.rules._momenta import is_copied
from parity.rules._words import norm_code, plain


def claims(difference: Difference, view: View) -> bool:
    """The momentum of a batch normalisation, where it is not the other framework's number."""
    own = difference.layer.kind == "batch_norm" and difference.name == "momentum"
    return own and not is_copied(difference, view)


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say both numbers in both frameworks' terms."""
    difference = differences[0]
    if difference.unknown is not None:
        return Explanation(difference.unknown.reason, difference.unknown.remedy, concerns=Effect.TRAINING)
    sides = [
        _said(value, graph)
        for value, graph in ((difference.left_value, view.left), (difference.right_value, view.right))
    ]
    message = f"old statistics weigh {sides[0]} / {sides[1]}"
    code = norm_code(difference, view.right, "momentum", difference.left_value)
    return Explanation(message, f"to match the left: {code}")


def _said(value: object, graph: LayerGraph) -> str:
    if not isinstance(value, float | int):
        return f"{value} (PyTorch: None)"
    said = plain(value)
    return f"{said} (PyTorch: {plain(1 - value)})" if graph.framework is Framework.TORCH else said


RULE = Rule("momentum", Effect.TRAINING, frozenset({Topic.ATTRIBUTE}), claims, explain)
