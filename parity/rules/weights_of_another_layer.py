"""A weight holds the values of a different one.

What it detects:
    Matched weights of which one holds what the other side has in another layer, or in another role.

Why it happens:
    Layers of the same shape were mapped in another order, or one was mapped twice: blocks are sorted as text, so that
    ``block10`` comes before ``block2``.

How to fix:
    Carry the weights over by the pairs that parity has found, or correct the matching with ``--map``.

Example:
    ``layer.10`` of a checkpoint loaded into the third block.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-of-another-layer", Cause.ELSEWHERE)
