"""The projections of an attention layer are exchanged.

What it detects:
    Matched attention layers of which one holds, for instance, the keys' kernel where the other holds the queries'.

Why it happens:
    The parts of a packed projection were cut or joined in another order: query, key, value is PyTorch's.

How to fix:
    Cut or join the parts in the order that the remedy names.

Example:
    ``in_proj_weight`` joined of key, query and value.
"""

from parity.rules._values import of_values
from parity.transfer import Cause

RULE = of_values("weights-projections-exchanged", Cause.PROJECTIONS)
