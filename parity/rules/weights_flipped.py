"""A weight is flipped along some axes.

What it detects:
    Matched weights that hold the same values in reverse order along some axes.

Why it happens:
    Some frameworks convolve, others correlate: Theano's kernels are flipped in space. And RGB against BGR flips the
    input channels of the first kernel.

How to fix:
    Flip the axes back when weights are carried over: ``kernel[::-1, ::-1]``.

Example:
    The first kernel of a network that was trained on BGR images, for a model that takes RGB.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-flipped", Cause.FLIPPED)
