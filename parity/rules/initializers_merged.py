"""Weights with equal values are stored once in a file for inference.

What it detects:
    Weights that are tensors of their own on one side and one stored tensor in an ONNX file.

Why it happens:
    Exporters store equal tensors once. In an untrained model many are equal: the gamma and running variance of a
    BatchNorm are ones, its beta and running mean zeros, as are biases. That does not mean that the weights are tied,
    and after training they differ.

How to fix:
    Nothing to fix for inference. To see each weight, export a model with trained or random weights.

Example:
    An untrained ``nn.BatchNorm2d(36)`` as ONNX by the TorchScript exporter stores 72 elements, not 144.
"""

from collections.abc import Sequence
from math import prod

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._words import stored_once


def claims(difference: Difference, view: View) -> bool:
    """What an ONNX file stores once, and the other side apart."""
    return stored_once(difference, view)


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Name the weights and say how many elements that saves."""
    first = differences[0]
    side = "left" if first.left_value == "shared" else "right"
    layer = first.left if side == "left" else first.right
    weights = [found for each in differences if layer is not None and (found := layer.weight(each.name)) is not None]
    names = ", ".join(each.name for each in differences)
    elements = sum(prod(each.shape) for each in weights)
    verb = "has" if len(differences) == 1 else "have"
    message = (
        f"{names}, {elements:,} elements, {verb} the values of other weights and no tensor of their own on the {side}"
    )
    return Explanation(message)


RULE = Rule("initializers-merged", Effect.BOOKKEEPING, frozenset({Topic.TIE}), claims, explain)
