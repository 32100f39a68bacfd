"""The gates in a recurrent layer's weights are in the wrong order.

What it detects:
    Matched weights of LSTM or GRU layers whose blocks of gates are the same in another order.

Why it happens:
    Keras keeps the gates of a GRU as z, r, h and PyTorch as r, z, n; ONNX keeps those of an LSTM as i, o, f, c. The
    shapes agree, so that a copy without reordering fails silently.

How to fix:
    Reorder the blocks as the remedy says.

Example:
    ``weight_ih_l0`` of a ``nn.GRU`` that was filled with Keras' kernel transposed, and not reordered.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-gate-order", Cause.GATES)
