"""A weight holds the other side's values rounded to a narrower dtype.

What it detects:
    Matched weights of the same dtype, of which one equals the other rounded to float16, bfloat16 or float8.

Why it happens:
    A checkpoint was stored in half precision, and loaded into single precision again.

How to fix:
    Carry the weights over from the checkpoint in full precision, or compare with ``--rtol 1e-3``.

Example:
    ``model.half().float()`` has lost 13 bits of every number.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-rounded", Cause.PRECISION)
