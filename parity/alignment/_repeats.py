"""Equal blocks in a row, of which any could be the one that the other side lacks."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from parity.alignment._network import Node


@dataclass(frozen=True, slots=True)
class Run:
    """Equal blocks in a row, some of them without a counterpart.

    Attributes:
        nodes: numbers of all their layers, loners among them.
        loners: numbers of those without a counterpart.
        count: how many blocks there are.
    """

    nodes: tuple[int, ...]
    loners: tuple[int, ...]
    count: int


def runs(nodes: list[Node], loners: Collection[int]) -> Iterator[Run]:
    """Every row of two or more equal blocks of which one has no counterpart.

    Blocks are compared by the signatures of their layers, in the order of their places in the graph.

    Args:
        nodes: all layers of one side.
        loners: numbers of those without a counterpart.
    """
    if not loners:
        return
    order = sorted(range(len(nodes)), key=lambda at: nodes[at].rank)
    signs = [nodes[at].own for at in order]
    for start, end in _stretches([place for place, at in enumerate(order) if at in loners]):
        length = _period(signs, start, end)
        before, after = _more(signs, start, length, -1), _more(signs, end - length, length, 1)
        count = (end - start) // length + before + after
        if count > 1:
            whole = order[start - before * length : end + after * length]
            yield Run(tuple(whole), tuple(order[start:end]), count)


def _stretches(places: list[int]) -> Iterator[tuple[int, int]]:
    """Consecutive places as half-open ranges."""
    start = 0
    for at in range(1, len(places) + 1):
        if at == len(places) or places[at] != places[at - 1] + 1:
            yield places[start], places[at - 1] + 1
            start = at


def _period(signs: list[int], start: int, end: int) -> int:
    """The length of the shortest block that a range repeats."""
    size = end - start
    small = [each for each in range(1, int(size**0.5) + 1) if size % each == 0]
    for length in sorted({*small, *(size // each for each in small)}):
        if all(signs[at] == signs[at - length] for at in range(start + length, end)):
            return length
    return size


def _more(signs: list[int], at: int, length: int, way: int) -> int:
    """How many further blocks like the one at a place follow in one direction."""
    block, count = signs[at : at + length], 0
    while True:
        at += way * length
        if at < 0 or signs[at : at + length] != block:
            return count
        count += 1
