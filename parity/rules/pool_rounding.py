"""Pooling rounds its output size up on one side and down on the other.

What it detects:
    Matched poolings of which one rounds its output size up, the other down.

Why it happens:
    ``ceil_mode=True`` in PyTorch and ONNX, as Caffe always did; Keras has no such setting and rounds down.

How to fix:
    Use the same ``ceil_mode`` on both sides; in Keras, pad the right and lower border by what the last window lacks.

Example:
    SqueezeNet and GoogLeNet in torchvision pool with ``ceil_mode=True``: 27 pixels become 14, not 13.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule
from parity.rules._setting import as_left, both_told
from parity.rules._windows import hidden_at

KINDS = frozenset({"max_pool", "average_pool", "lp_pool"})


def claims(difference: Difference, _: View) -> bool:
    """A rounding that both sides tell."""
    return both_told(difference, KINDS, "ceil_mode")


def explain(differences: Sequence[Difference], view: View) -> Explanation:
    """Say which side keeps more."""
    up = bool(differences[0].left_value)
    sides = ("left", "right") if up else ("right", "left")
    message = f"output sizes are rounded up on the {sides[0]}, down on the {sides[1]}: the last window is cut there"
    keras = "padding at the end, so that the last window is whole" if up else "no padding at the end"
    message += hidden_at(differences[0])
    return Explanation(message, as_left(view, keras=keras, torch=f"nn.MaxPool2d(..., ceil_mode={up})"))


RULE = Rule("pool-rounding", Effect.INFERENCE, frozenset({Topic.ATTRIBUTE}), claims, explain)
