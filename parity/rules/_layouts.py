"""Which rule tells of an order of axes: that of depthwise kernels, of normalisations, of a softmax, or another."""

from collections.abc import Sequence

from parity.axes import permutation
from parity.comparison import Difference
from parity.errors import ParityError
from parity.graph import Layer
from parity.rules._contract import Explanation

NORMS = frozenset({"layer_norm", "rms_norm", "group_norm", "batch_norm", "instance_norm"})


def is_depthwise(difference: Difference) -> bool:
    """Whether one side has groups and outputs of a group as two axes, the other as one."""
    sides = [str(value).split() for value in (difference.left_value, difference.right_value)]
    return [{"group", "multiplier"} <= {*axes} for axes in sides] in ([True, False], [False, True])


def is_of_norm(difference: Difference) -> bool:
    """Whether it is the scale or offset of a normalisation over several axes."""
    return difference.layer.kind in NORMS


def is_softmax(layer: Layer) -> bool:
    """Whether a layer makes its elements sum to one, or returns the logarithms of such."""
    return layer.attributes.get("function") in {"softmax", "log_softmax"}


def orders(differences: Sequence[Difference]) -> Explanation:
    """The orders of axes on both sides, and the transposition from the left to the right one."""
    pairs = dict.fromkeys((str(each.left_value), str(each.right_value)) for each in differences)
    codes = dict.fromkeys(_transposition(*pair) for pair in pairs)
    return Explanation("; ".join(f"{left} -> {right}" for left, right in pairs), " and ".join(codes))


def _transposition(left: str, right: str) -> str:
    try:
        return f"transpose{permutation(left, right)}"
    except ParityError:
        return "transpose when weights are carried over"
