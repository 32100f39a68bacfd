"""Possible pairs in the order in which they are to be taken up."""

from collections.abc import Callable
from heapq import heappop, heappush

from parity.alignment._costs import GAP
from parity.alignment._network import Node
from parity.alignment._surroundings import Surroundings, unlike

FAR = (GAP, 2)
"""Where neighbours behind skipped layers come up: after the dearest offers that skip a layer and are all alike."""

UNSEEN = -1
"""An offer whose layers' surroundings have not been compared: that is for those that rivals make necessary."""


RANKS = 32
"""Bits for a difference of ranks, below that of depths."""


class Offers:
    """A queue of possible pairs, cheapest first, and of pairs whose more distant neighbours are still to be offered."""

    def __init__(self, left: list[Node], right: list[Node], *, wired: bool) -> None:
        """Start with nothing on offer."""
        self.left, self.right, self.wired = left, right, wired
        self.heap: list[tuple[int, int, int, int, int, int, int, int]] = []
        self.later: list[tuple[int, int]] = []
        self.far: list[tuple[int, int, int, int]] = []
        self.rivals = [0] * len(left), [0] * len(right)
        self.around = Surroundings(left), Surroundings(right)

    def add(self, price: int, way: int, a: int, b: int) -> None:
        """Put a possible pair in, under its price."""
        # Query, key and value look alike but for their spots, towers with equal weights but for their ports.
        shifted = (self.left[a].spot != self.right[b].spot) + (self.left[a].port != self.right[b].port)
        heappush(self.heap, (price, way, shifted, UNSEEN, *self._places(a, b), a, b))
        self.rivals[0][a] += 1
        self.rivals[1][b] += 1

    def add_later(self, a: int, b: int) -> None:
        """Remember a pair whose more distant neighbours have not been offered."""
        self.later.append((a, b))

    def __bool__(self) -> bool:
        """Whether anything is left to take out."""
        return bool(self.heap or self.later or self.far)

    def cheapest(self, fits: Callable[[int, int], bool]) -> tuple[int, int, int] | None:
        """Take out the cheapest offer that (still) fits: its layers, and the direction in which they were found.

        None where more distant neighbours are to be offered first, or nothing is left.
        """
        while self.heap and (self.heap[0] < FAR or not (self.later or self.far)):
            price, way, shifted, other, apart, first, a, b = heappop(self.heap)
            if not fits(a, b):
                continue
            if other != UNSEEN or not self.wired or self.rivals[0][a] == self.rivals[1][b] == 1:
                return a, b, way
            other = unlike((self.around[0], a), (self.around[1], b))
            heappush(self.heap, (price, way, shifted, other, apart, first, a, b))
        return None

    def further(self, has_free: Callable[[int, int], bool]) -> tuple[int, int] | None:
        """Take out the pair whose more distant neighbours are to be offered next: that at the most equal places.

        Most have nothing free beside them any more once it comes to that, and are forgotten.
        """
        for a, b in self.later:
            if has_free(a, b):
                heappush(self.far, (*self._places(a, b), a, b))
        self.later.clear()
        return heappop(self.far)[2:] if self.far else None

    def _places(self, a: int, b: int) -> tuple[int, int]:
        """How far apart the places of two layers are, and the earlier one.

        Layers that only one side has move all ranks after them, in every branch; depths only those of their own.
        """
        left, right = self.left[a], self.right[b]
        apart = (abs(left.depth - right.depth) << RANKS) + min(abs(left.rank - right.rank), (1 << RANKS) - 1)
        return apart, min(left.rank, right.rank)
