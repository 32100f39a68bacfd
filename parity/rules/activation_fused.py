"""An activation has been moved into the layer before it, in a file for inference.

What it detects:
    Matched activations of which one is a setting of the ONNX operator before it.

Why it happens:
    onnxruntime's optimiser fuses a convolution or matmul with the activation that follows: ``FusedConv``,
    ``FusedGemm``.

How to fix:
    Nothing to fix.

Example:
    ``nn.Conv2d`` and ``nn.ReLU`` on the left, a ``FusedConv`` with ``activation="Relu"`` on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called, words_of, written_on

FUSED = "activation-fused"


def claims(difference: Difference, _: View) -> bool:
    """An activation that belongs to the operator before it on one side."""
    return difference.name == FUSED


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name the operator that it is a setting of."""
    side, layer, _ = written_on(differences[0], view)
    return Explanation(f"{words_of(differences[0])} is a setting of {called(layer)} on the {side}")


RULE = Rule(FUSED, Effect.CONVERSION, frozenset({Topic.WRITTEN}), claims, explain)
