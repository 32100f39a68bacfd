"""Batch normalisations move their statistics at another pace.

What it detects:
    Aligned batch normalisations with different momentum, both said as Keras says it: the weight of the old value.

Why it happens:
    Keras' momentum m weighs the old statistics (default 0.99), PyTorch's the new ones (default 0.1): they are the same where
    m_keras = 1 - m_torch. Copying the number over swaps the two. Outputs in inference do not depend on it.

How to fix:
    Keras ``momentum=0.9`` is PyTorch ``momentum=0.1``.

Example:
    Keras ``BatchNormalization(momentum=0.15)`` is ``nn.BatchNorm2d(32, momentum=0.85)``, not the default 0.1.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect, Framework
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, _: View) -> bool:
    """The momentum of a batch normalisation."""
    return difference.layer.kind == "batch_norm" and difference.name == "momentum"


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say both numbers in both frameworks' terms."""
    difference = differences[0]
    if difference.unknown is not None:
        return Explanation(difference.unknown.reason, difference.unknown.remedy, concerns=Effect.TRAINING)
    sides = [
        _said(value, graph)
        for value, graph in ((difference.left_value, view.left), (difference.right_value, view.right))
    ]
    message = f"weight of the old statistics: {sides[0]} on the left, {sides[1]} on the right"
    return Explanation(message, _code(difference.left_value, view.right))


def _said(value: object, graph: object) -> str:
    if not isinstance(value, float | int):
        return str(value)
    torch = getattr(graph, "framework", None) is Framework.TORCH
    return f"{value:g} (momentum={1 - value:g} in PyTorch)" if torch else f"{value:g}"


def _code(value: object, graph: object) -> str:
    if not isinstance(value, float | int):
        return "right: momentum=None"
    torch = getattr(graph, "framework", None) is Framework.TORCH
    return f"right: BatchNorm(..., momentum={1 - value:g})" if torch else f"right: momentum={value:g}"


RULE = Rule("momentum", Effect.TRAINING, frozenset({Topic.ATTRIBUTE}), claims, explain)
