"""Equal layers that were paired crosswise: where exchanging the counterparts of two bends fewer wires, they are.

Growth decides on the first wire that it comes along. Four equal products whose sums come later are paired before these
are, and nothing but the sums tells which of them belong together.
"""

from collections.abc import Iterable

from parity.alignment._costs import unlikeness
from parity.alignment._search import INPUTS, PINNED, Search

ROUNDS = 4
"""How often one exchange may show another."""


def exchange(search: Search) -> None:
    """Exchange counterparts as long as fewer wires run elsewhere for it."""
    for _ in range(ROUNDS if search.wired else 0):
        bent = [(a, b) for a, b in sorted(search.to_right.items()) if search.bent(a, b)]
        found = [pair for a, b in bent for pair in zip(search.left[a].before, search.right[b].before, strict=False)]
        if not sum(_exchanged(search, m, n) for m, n in dict.fromkeys(found)):
            return


def _exchanged(search: Search, left: int, right: int) -> bool:
    """Whether two layers that feed a pair have become each other's counterpart, and the others that of each other."""
    twin, other = search.to_right.get(left), search.to_left.get(right)
    if twin is None or other is None or twin == right:
        return False
    sure = {search.why[left, twin], search.why[other, right]} & {PINNED, INPUTS}
    kinds = {search.left[left].kind, search.right[right].kind, search.left[other].kind, search.right[twin].kind}
    if sure or len(kinds) > 1:
        return False
    around = _around(search, (left, other), (right, twin))
    before = _price(search, around)
    _swap(search, left, other)
    if _price(search, around) < before:
        return True
    _swap(search, left, other)
    return False


def _price(search: Search, lefts: Iterable[int]) -> int:
    pairs = [(at, search.to_right[at]) for at in lefts]
    return sum(unlikeness(search.left[a], search.right[b]) + search.bent(a, b) for a, b in pairs)


def _around(search: Search, lefts: tuple[int, int], rights: tuple[int, int]) -> set[int]:
    """The paired layers of the left whose wires an exchange can bend: those of both pairs, and what they feed."""
    mine = {at for each in lefts for at in (each, *search.left[each].after)}
    theirs = {search.to_left.get(at) for each in rights for at in search.right[each].after}
    return {at for at in mine | theirs if at is not None and at in search.to_right}


def _swap(search: Search, left: int, other: int) -> None:
    """Exchange the counterparts of two layers."""
    right, twin = search.to_right[other], search.to_right[left]
    why, its = search.why.pop((left, twin)), search.why.pop((other, right))
    search.accept(left, right, why)
    search.accept(other, twin, its)
