"""Which layer on the left is which on the right: anchors, a search by cost for the rest, a polish of what is left.

Nothing here looks at names or at the order of the files. The same two graphs give the same answer whichever of them is
called left.
"""

from parity.alignment._contract import Alignment, Pair
from parity.alignment._search import align

__all__ = ["Alignment", "Pair", "align"]
