"""A weight has nothing in common with the other.

What it detects:
    Matched weights that differ, and no known cause makes one of the other.

Why it happens:
    The models were trained apart, or the layers are not each other's counterpart.

How to fix:
    Carry the weight over; where the layers are the wrong ones, settle which are with ``--map``.

Example:
    Two models of one design, from two seeds.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-unrelated", Cause.UNRELATED)
