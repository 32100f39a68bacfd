"""Equal layers that were paired crosswise: where exchanging the counterparts of two bends fewer wires, they are.

Growth decides on the first wire that it comes along. Four equal products whose sums come later are paired before these
are, and nothing but the sums tells which of them belong together.
"""

from collections.abc import Iterable

from parity.alignment._costs import unlikeness
from parity.alignment._pins import Pins
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
    """Whether two layers that feed a pair have become each other's counterpart, and the others that of each other.

    Where one of the two has none, the other one's is left over then: of a row of equal dropouts one side has fewer.
    """
    twin, other = search.to_right.get(left), search.to_left.get(right)
    if twin == right or (twin is None and other is None):
        return False
    now = [(a, b) for a, b in ((left, twin), (other, right)) if a is not None and b is not None]
    then = [(left, right), *([(other, twin)] if twin is not None and other is not None else [])]
    lefts, rights = ([at for at in each if at is not None] for each in ((left, other), (right, twin)))
    kinds = {search.left[at].kind for at in lefts} | {search.right[at].kind for at in rights}
    if len(kinds) > 1 or {search.why[pair] for pair in now} & {PINNED, INPUTS}:
        return False
    if len(now) == 1 and _unlike(search, (left, right)) != _unlike(search, now[0]):
        return False  # an addition does not give its counterpart to a product
    around = _around(search, lefts, rights)
    before = _price(search, around)
    _replace(search, now, then)
    if _price(search, around) < before:
        return True
    _replace(search, then, now)
    return False


def _unlike(search: Search, pair: tuple[int, int]) -> int:
    return unlikeness(search.left[pair[0]], search.right[pair[1]])


def _price(search: Search, lefts: Iterable[int]) -> int:
    pairs = [(at, search.to_right[at]) for at in lefts if at in search.to_right]
    return sum(_unlike(search, pair) + search.bent(*pair) for pair in pairs)


def _around(search: Search, lefts: Iterable[int], rights: Iterable[int]) -> set[int]:
    """The layers of the left whose wires an exchange can bend: those of both pairs, and what they feed."""
    mine = {at for each in lefts for at in (each, *search.left[each].after)}
    theirs = {search.to_left.get(at) for each in rights for at in search.right[each].after}
    return {at for at in mine | theirs if at is not None}


def _replace(search: Search, now: Pins, then: Pins) -> None:
    """Pair layers anew, for the reasons that their pairs had."""
    reasons = [search.why.pop(pair) for pair in now]
    for a, b in now:
        del search.to_right[a], search.to_left[b]
    for at, (a, b) in enumerate(then):
        search.accept(a, b, reasons[min(at, len(reasons) - 1)])
