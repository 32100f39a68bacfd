"""An activation is a setting of the layer before it on one side, and a layer of its own on the other.

What it detects:
    Aligned activations of which one belongs to the layer before it.

Why it happens:
    Keras takes ``activation="relu"`` as an argument of a layer; PyTorch and ONNX have an operator after it. Optimisers
    of ONNX files fuse it again.

How to fix:
    Nothing to fix.

Example:
    ``Conv2D(64, 3, activation="relu")`` on the left, ``nn.Conv2d`` and ``nn.ReLU`` on the right.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import called, words_of, written_on

FUSED = "activation-fused"


def claims(difference: Difference, _: View) -> bool:
    """An activation that belongs to the layer before it on one side."""
    return difference.name == FUSED


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Name the layer that it is a setting of."""
    side, layer, _ = written_on(differences[0], view)
    return Explanation(
        f"{words_of(differences[0])} is part of {called(layer)} on the {side}, and a layer of its own on the other side"
    )


RULE = Rule(FUSED, Effect.CONVERSION, frozenset({Topic.WRITTEN}), claims, explain)
