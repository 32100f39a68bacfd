"""Which rule tells of an order of axes: that of depthwise kernels, of normalisations, of a softmax, or another."""

from parity.axes import permutation
from parity.comparison import Difference
from parity.errors import ParityError
from parity.graph import Layer

NORMS = frozenset({"layer_norm", "rms_norm", "group_norm", "batch_norm", "instance_norm"})


def is_depthwise(difference: Difference) -> bool:
    """Whether one side has groups and outputs of a group as two axes, the other as one."""
    sides = [str(value).split() for value in (difference.left_value, difference.right_value)]
    return ["multiplier" in axes for axes in sides] in ([True, False], [False, True])


def is_of_norm(difference: Difference) -> bool:
    """Whether it is the scale or offset of a normalisation over several axes."""
    return difference.layer.kind in NORMS


def is_softmax(layer: Layer) -> bool:
    """Whether a layer makes its elements sum to one, or returns the logarithms of such."""
    return layer.attributes.get("function") in {"softmax", "log_softmax"}


def move(left: str, right: str) -> str:
    """Both orders, and the transposition from the left to the right one."""
    try:
        order = permutation(left, right)
    except ParityError:
        return f"{left} -> {right}"
    return f"{left} -> {right}, transpose{order}"
