"""A weight is transposed, or was not transposed when it was carried over.

What it detects:
    Matched weights that hold the same values with the axes in another order.

Why it happens:
    Kernels of equal sizes hide a forgotten transposition, or one too many, since their shape is right either way.

How to fix:
    Carry the kernel over as the remedy says: it names the order of axes.

Example:
    The kernel of ``Dense(64)`` on 64 features copied into ``nn.Linear(64, 64)`` as it is.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-transposed", Cause.TRANSPOSED)
