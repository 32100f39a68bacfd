"""Epsilon of a layer, group, instance or RMS normalisation differs.

What it detects:
    Matched layer, group, instance or RMS normalisations with different epsilon.

Why it happens:
    The defaults differ: LayerNorm and GroupNorm have 0.001 in Keras and 0.00001 in PyTorch and ONNX; RMSNorm has
    0.000001 in Keras, the type's smallest step (1.19e-7) in PyTorch, 0.00001 in ONNX. BERT was trained with 1e-12.

How to fix:
    State it: ``nn.LayerNorm(64, eps=1e-3)`` or ``LayerNormalization(epsilon=1e-5)``.

Example:
    Layer normalisations of inputs with a deviation of 0.05 differ by up to 0.4 between 1e-3 and 1e-5.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._epsilons import scaled
from parity.rules._setting import both_told

KINDS = frozenset({"group_norm", "instance_norm", "layer_norm", "rms_norm"})


def claims(difference: Difference, _: View) -> bool:
    """The epsilon of a normalisation without moving statistics that knows it on both sides."""
    return both_told(difference, KINDS, "epsilon")


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say what it does to outputs at three variances of the features that are normalised."""
    difference = differences[0]
    of_what = "mean square" if difference.layer.kind == "rms_norm" else "variance"
    return scaled(difference, view, of_what)


RULE = Rule("norm-epsilon", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
