"""A weight has nothing in common with the other.

What it detects:
    Matched weights that differ in a way that no known cause explains.

Why it happens:
    The models were trained separately, or the wrong layers are matched.

How to fix:
    Carry the weight over; if the wrong layers are matched, correct that with ``--map``.

Example:
    Two models of one architecture, trained from two seeds.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-unrelated", Cause.UNRELATED)
