"""A weight holds the same values in a different order.

What it detects:
    Matched weights whose slices along one axis, or whose elements, are the same in another order.

Why it happens:
    The units of a layer were sorted, pruned and put back, or their order was taken from another layer.

How to fix:
    Put the units in order when weights are carried over, those of the next layer's inputs likewise.

Example:
    ``conv1.weight[perm]`` without ``conv2.weight[:, perm]``.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-unit-order", Cause.UNITS)
