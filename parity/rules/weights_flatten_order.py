"""The rows of a kernel after a Flatten are in the other framework's order.

What it detects:
    Matched kernels after a Flatten whose rows are the same, as if the Flatten ran over the axes as on the other side.

Why it happens:
    Keras flattens (H, W, C), PyTorch (C, H, W). The shapes agree, so that a transposed copy fails silently.

How to fix:
    Permute the rows as the remedy says.

Example:
    ``fc1.weight`` filled with ``kernel.T`` after a feature map of (4, 4, 8).
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-flatten-order", Cause.ROWS)
