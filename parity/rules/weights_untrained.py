"""A weight still has its initial values on one side.

What it detects:
    Matched weights of which one is constant, or has the distribution of an initializer, and the other is not.

Why it happens:
    A layer was left out when weights were carried over: ``load_state_dict(strict=False)`` and
    ``load_weights(skip_mismatch=True)`` do not report what they do not find.

How to fix:
    Carry the weight over, and load with ``strict=True``.

Example:
    A bias of zeros beside one that training has moved: the names of the biases were not mapped.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-untrained", Cause.UNTRAINED)
