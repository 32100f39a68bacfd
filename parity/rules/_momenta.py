"""Which differences of momentum are of one number that the frameworks take in opposite senses."""

from math import isclose

from parity.comparison import Difference, View
from parity.graph import Framework

OPPOSITE = {Framework.KERAS, Framework.TORCH}


def is_copied(difference: Difference, view: View) -> bool:
    """Whether the momentum of a batch normalisation is the same number in Keras and in PyTorch."""
    left, right = difference.left_value, difference.right_value
    if difference.layer.kind != "batch_norm" or difference.name != "momentum" or difference.unknown is not None:
        return False
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    return numbers and {view.left.framework, view.right.framework} == OPPOSITE and isclose(left + right, 1)
