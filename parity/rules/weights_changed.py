"""A weight was changed: one comes from the other, but they are no longer equal.

What it detects:
    Matched weights that differ in some elements, or that differ everywhere but are still strongly correlated.

Why it happens:
    One side was trained further, fine-tuned, pruned or edited after the other was stored.

How to fix:
    Carry the weight over again from the intended checkpoint.

Example:
    A model before and after an epoch of fine-tuning.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-changed", Cause.CHANGED)
