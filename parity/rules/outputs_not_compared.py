"""Outputs could not be compared.

What it detects:
    With ``--outputs``: an output that cannot be computed for one side, models that take different inputs, or axes that
    cannot be matched.

Why it happens:
    parity has no formula for an operator (a custom one, a random number), a source holds no weights or no wiring, or
    the input sizes differ.

How to fix:
    Compare files that hold the graph and the weights: ``.keras``, ``.pt2`` or ``.onnx``. Where it is an operator that
    parity does not know, compare the output before it.

Example:
    A network that ends in an operator of its own: what comes before is compared, its own output is not.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, _: View) -> bool:
    """An output that could not be computed on both sides."""
    return difference.unknown is not None


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say which output, and why."""
    first = differences[0]
    reason = first.unknown.reason if first.unknown is not None else "it is not known"
    message = f"{first.name}: {reason}" if first.name else f"outputs cannot be compared: {reason}"
    remedy = "compare files that hold the graph and the weights: .keras, .pt2 or .onnx"
    return Explanation(message, remedy, concerns=Effect.INFERENCE)


RULE = Rule("outputs-not-compared", Effect.UNKNOWN, frozenset({Topic.OUTPUT}), claims, explain)
