"""Which layer on the left is which on the right: anchors, a search by cost for the rest, a polish of what is left.

Nothing here looks at the order of the files, and at names only where the structure leaves a choice between equally good
answers. The same two graphs give the same answer whichever of them is called left.
"""

from parity.alignment._align import align
from parity.alignment._choosing import ALL_OUTPUTS, OutputChoice, kept_places, with_outputs
from parity.alignment._contract import Alignment, By, End, Pair

__all__ = [
    "ALL_OUTPUTS",
    "Alignment",
    "By",
    "End",
    "OutputChoice",
    "Pair",
    "align",
    "kept_places",
    "with_outputs",
]
