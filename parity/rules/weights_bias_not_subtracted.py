"""A moving mean was carried over without the bias of the layer before it.

What it detects:
    A bias before a batch normalisation on one side only, whose moving mean equals that of the other side.

Why it happens:
    The bias is added before the mean is subtracted. Where a side has no bias, the same outputs need a mean that is
    smaller by it; a mean that is copied as it is shifts every output by the bias.

How to fix:
    Subtract the bias from the moving mean of the side that has none, as ``parity port`` does.

Example:
    ResNet50 of ``keras.applications``, whose weights are copied into a model with ``bias=False``.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-bias-not-subtracted", Cause.BIAS)
