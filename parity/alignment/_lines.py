"""Layers in a row without branches, where a layer that one side lacks shifts all that follows.

Growth looks a few layers ahead. In a row of equal layers that is not enough: the layer left over shows only where the
row ends, and there two layers of other sizes stand beside each other, as they do where a layer was made wider.
"""

from collections.abc import Sequence
from itertools import accumulate

from parity.alignment._costs import GAP, unlikeness
from parity.alignment._network import Node

AHEAD = 96
"""How many layers to look at on each side: beyond the longest stage that designs repeat without branches, since one
layer of another size costs less than leaving out a block, and only the next stage shows that the row is shifted."""

MOST = 24
"""How many layers in a row may be left out to get back into step."""


def line(nodes: Sequence[Node], start: int, taken: dict[int, int], way: int) -> list[int]:
    """The free layers from one on, as long as a single one follows (or, for ``way`` 1, comes before)."""
    found = [start]
    while len(found) < AHEAD:
        ahead = nodes[found[-1]].before if way else nodes[found[-1]].after
        if len(ahead) != 1 or ahead[0] in taken:
            break
        found.append(ahead[0])
    return found


def skips(left: Sequence[Node], right: Sequence[Node]) -> tuple[int, int]:
    """How many layers to leave out at the start of two rows, for the rest to cost less than it does side by side.

    Only one of the two is more than 0.
    """
    rows, length = (left, right), min(len(left), len(right))
    beside = list(accumulate(_step(a, b) for a, b in zip(left, right, strict=False)))
    gain, best = 0, (0, 0)
    for count in range(1, min(MOST, length - 1) + 1):
        for side in (0, 1):
            one, other = rows[side], rows[1 - side]
            if one[count].own != other[0].own:
                continue
            price = GAP * count + sum(_step(one[count + at], other[at]) for at in range(length - count))
            if beside[length - count - 1] - price > gain:
                gain, best = beside[length - count - 1] - price, (count, 0) if side == 0 else (0, count)
    return best


def _step(left: Node, right: Node) -> int:
    """What it costs that two layers stand beside each other: as much as leaving both out, if they are no pair."""
    return unlikeness(left, right) if left.kind == right.kind else 2 * GAP
