"""A weight holds infinities or NaN.

What it detects:
    Matched weights of which one holds an infinity or a NaN where the other holds a number.

Why it happens:
    Training that has diverged, a cast to half precision of numbers beyond 65,504, or a damaged file.

How to fix:
    Carry the weight over again from a checkpoint in which all numbers are finite.

Example:
    ``kernel.astype("float16")`` of a kernel with an element of 70,000 holds an infinity.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-not-finite", Cause.NOT_FINITE)
