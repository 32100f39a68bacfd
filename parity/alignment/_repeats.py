"""Equal blocks in a row, of which any could be the one that the other side lacks."""

from collections.abc import Collection, Iterator, Mapping

from parity.alignment._network import Node


def repeats(nodes: list[Node], loners: Collection[int]) -> Mapping[int, int]:
    """For each loner in a run of equal blocks, how many blocks there are in the run.

    Blocks are compared by the signatures of their layers, in the order of their places in the graph.

    Args:
        nodes: all layers of one side.
        loners: numbers of those without a counterpart.
    """
    order = sorted(range(len(nodes)), key=lambda at: nodes[at].rank)
    signs = [nodes[at].own for at in order]
    found: dict[int, int] = {}
    for start, end in _runs([place for place, at in enumerate(order) if at in loners]):
        for length in _periods(signs, start, end):
            count = (end - start) // length + _more(signs, start, length, -1) + _more(signs, end - length, length, 1)
            if count > 1:
                found |= {order[place]: count for place in range(start, end)}
                break
    return found


def _runs(places: list[int]) -> Iterator[tuple[int, int]]:
    """Consecutive places as half-open ranges."""
    start = 0
    for at in range(1, len(places) + 1):
        if at == len(places) or places[at] != places[at - 1] + 1:
            yield places[start], places[at - 1] + 1
            start = at


def _periods(signs: list[int], start: int, end: int) -> Iterator[int]:
    """Lengths of the blocks that a range can be made of: its smallest period, else the whole."""
    size = end - start
    for length in _divisors(size):
        if all(signs[at] == signs[at - length] for at in range(start + length, end)):
            yield length
            return


def _divisors(size: int) -> list[int]:
    small = [each for each in range(1, int(size**0.5) + 1) if size % each == 0]
    return sorted({*small, *(size // each for each in small)})


def _more(signs: list[int], at: int, length: int, way: int) -> int:
    """How many further blocks like the one at a place follow in one direction."""
    block, count = signs[at : at + length], 0
    while True:
        at += way * length
        if at < 0 or signs[at : at + length] != block:
            return count
        count += 1
