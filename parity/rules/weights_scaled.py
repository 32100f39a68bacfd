"""A weight is a multiple of the other.

What it detects:
    Matched weights of which one is the other times one number.

Why it happens:
    A scale was applied twice, or left out: equalised learning rates, attention scales merged into the query,
    multipliers of embeddings, quantisation.

How to fix:
    Carry the weight over as it is, or with the scale that belongs to it.

Example:
    A query kernel times ``1 / sqrt(head_size)`` for an attention that scales, too.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-scaled", Cause.MULTIPLE)
