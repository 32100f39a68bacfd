"""Two layers in a row that stand in the other order on the other side, of which growth has paired only one.

Growth pairs what follows pairs. Where an activation comes before a normalisation on one side and after it on the other,
the normalisations are paired by their weights, and then nothing next to a pair is left that could be the activation.
"""

from collections.abc import Iterator

from parity.alignment._costs import OTHER_WEIGHTS, unlikeness
from parity.alignment._network import Node
from parity.alignment._search import NEIGHBOUR, Search


def pair_turned(search: Search) -> None:
    """Pair the free layers behind and before the two layers of a pair, where the same is around both."""
    if not search.wired:
        return
    for x, y in sorted(search.to_right.items()):
        for a, b in (*_around(search, x, y), *((a, b) for b, a in _around(search, y, x, mirrored=True))):
            free = a not in search.to_right and b not in search.to_left
            alike = search.left[a].kind == search.right[b].kind
            if free and alike and unlikeness(search.left[a], search.right[b]) < OTHER_WEIGHTS:
                search.accept(a, b, NEIGHBOUR)


def _around(search: Search, x: int, y: int, *, mirrored: bool = False) -> Iterator[tuple[int, int]]:
    """The layer after the one and the layer before the other, where both rows come from and go to counterparts."""
    ones, others = (search.right, search.left) if mirrored else (search.left, search.right)
    to_other = search.to_left if mirrored else search.to_right
    a, b = _next(ones, x), _previous(others, y)
    if a is None or b is None:
        return
    start = [to_other.get(at) for at in ones[x].before] == others[b].before
    end = [to_other.get(at) for at in ones[a].after] == others[y].after
    if start and end:
        yield a, b


def _next(nodes: list[Node], at: int) -> int | None:
    """The only layer that a layer feeds, where nothing else feeds it."""
    after = nodes[at].after
    return after[0] if len(after) == 1 and nodes[after[0]].before == [at] else None


def _previous(nodes: list[Node], at: int) -> int | None:
    """The only layer that feeds a layer, where it feeds nothing else."""
    before = nodes[at].before
    return before[0] if len(before) == 1 and nodes[before[0]].after == [at] else None
