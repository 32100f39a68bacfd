"""The user's own pairs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from parity.alignment._network import Network
from parity.errors import UsageError

Pins = Sequence[tuple[int, int]]


def pins(left: Network, right: Network, pinned: Mapping[str, str]) -> Pins:
    """Numbers of the layers that belong together by name.

    A name stands for all layers that came of it, such as a Dense layer and its activation: those of equal kinds are
    paired in order.

    Raises:
        UsageError: a name is no layer's, or no layer of the one name is of a kind of the other's.
    """
    names = [_by_name(side) if pinned else {} for side in (left, right)]
    found: list[tuple[int, int]] = []
    for one, other in pinned.items():
        lefts, rights = _find(names[0], one, "left"), _find(names[1], other, "right")
        new = [
            (a, b)
            for kind in dict.fromkeys(left.nodes[at].kind for at in lefts)
            for a, b in zip(
                (at for at in lefts if left.nodes[at].kind == kind),
                (at for at in rights if right.nodes[at].kind == kind),
                strict=False,
            )
        ]
        if not new:
            one_kind, other_kind = (
                ", ".join(sorted({side.nodes[at].kind for at in ats})) for side, ats in ((left, lefts), (right, rights))
            )
            raise UsageError(
                f"cannot map {one!r} to {other!r}", "they are of different kinds", found=f"{one_kind} and {other_kind}"
            )
        found += new
    return found


def _by_name(side: Network) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for at, layer in enumerate(side.layers):
        for name in {*layer.sources, layer.path}:
            found[name].append(at)
    return found


def _find(names: Mapping[str, list[int]], name: str, side: str) -> list[int]:
    if name not in names:
        near = get_close_matches(name, names, n=1)
        remedy = f"did you mean {near[0]}?" if near else "parity summary lists them"
        raise UsageError(f"cannot map {name!r}", f"the {side} model has no layer of that name", remedy=remedy)
    return names[name]
