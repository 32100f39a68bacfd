"""Two layers in a row that stand in the other order on the other side: one difference, not one for each wire."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from parity.comparison._contract import Difference, Facet, Topic
from parity.graph import Layer

Source = tuple[str, int]

ORDER = "order"
"""What such a difference is called."""


@dataclass(frozen=True)
class Fed:
    """What feeds two aligned layers: the left one's sources as their counterparts on the right, and the right one's."""

    difference: Difference
    left: Layer
    right: Layer
    mine: tuple[Source, ...]
    theirs: tuple[Source, ...]


def folded(found: Sequence[Fed]) -> Iterator[Difference]:
    """The differences of wiring, with one for each two layers that have changed places.

    What else is fed by the one where the other model has the other of the two follows from that, and is not told.
    """
    by_right = {each.right.path: each for each in found if not each.difference.name}
    swaps: dict[str, str] = {}
    for first in by_right.values():
        second = by_right.get(first.theirs[0][0]) if len(first.theirs) == 1 else None
        if second is not None and _swapped(first, second):
            swaps |= {first.right.path: second.right.path, second.right.path: first.right.path}
            told = _told(first, second)
            yield told
            yield replace(told, left=second.left, right=second.right, cause=told.key)
    for each in found:
        inside = each.right.path in swaps and not each.difference.name
        exchanged = tuple((swaps.get(path, path), at) for path, at in each.mine)
        if not inside and (exchanged == each.mine or sorted(exchanged) != sorted(each.theirs)):
            yield each.difference


def _swapped(first: Fed, second: Fed) -> bool:
    """Whether the first layer feeds the second on the left, the second the first on the right, and one thing both."""
    alone = len(first.mine) == len(second.mine) == len(second.theirs) == 1
    return alone and second.mine[0][0] == first.right.path and first.mine == second.theirs


def _told(first: Fed, second: Fed) -> Difference:
    names = (first.left.source, second.left.source), (second.right.source, first.right.source)
    return Difference(Topic.WIRING, Facet.STRUCTURE, first.left, first.right, ORDER, *names)
