"""A recurrent layer has two bias vectors on one side and one on the other.

What it detects:
    A recurrent layer whose recurrent bias exists on one side only.

Why it happens:
    PyTorch and ONNX follow cuDNN and store a bias for the input and one for the recurrence, which are always added;
    Keras stores their sum. Per layer and direction that is 4 * H more elements for H units.

How to fix:
    From Keras to PyTorch: ``lstm.bias_ih_l0.copy_(bias)`` and ``lstm.bias_hh_l0.zero_()``. From PyTorch to Keras: store
    ``bias_ih + bias_hh``.

Example:
    ``LSTM(128)`` on 64 features has 98,816 parameters in Keras and 99,328 in PyTorch: 512 = 4 * 128 more.
"""

from collections.abc import Sequence

from parity.comparison import Difference, Topic, View
from parity.graph import Effect
from parity.rules._contract import Explanation, Rule


def claims(difference: Difference, _: View) -> bool:
    """The second bias of a layer that has the first on both sides."""
    left, right = difference.left, difference.right
    if difference.name != "recurrent_bias" or left is None or right is None:
        return False
    if left.attributes.get("reset_after") or right.attributes.get("reset_after"):
        return False  # a GRU that resets after the product multiplies the second one alone
    return left.weight("bias") is not None and right.weight("bias") is not None


def explain(differences: Sequence[Difference], _: View) -> Explanation:
    """Say how the two become one."""
    difference = differences[0]
    units = difference.layer.attributes["units"]
    side, sizes = (
        ("left", difference.left_value) if difference.left_value is not None else ("right", difference.right_value)
    )
    count = sizes[-1]
    size = f"{count // units}*{units} = {count:,}"
    message = f"a second bias of {size} elements on the {side} only; only the sum of both matters"
    return Explanation(
        message, "when copying to two biases, copy it into one and zero the other; to one bias, store bias_ih + bias_hh"
    )


RULE = Rule("rnn-double-bias", Effect.BOOKKEEPING, frozenset({Topic.WEIGHT}), claims, explain)
