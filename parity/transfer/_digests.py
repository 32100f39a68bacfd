"""Tensors of which a side has no more than digests: the same, or different with what their moments were and are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

from parity.digests import Digest, digest_of
from parity.errors import UnreadableTensor
from parity.store import TensorStore
from parity.transfer._calculated import calculates
from parity.transfer._diagnosis import Cause, Diagnosis
from parity.transfer._expression import Expression, Filled, Literal, Reshape, Take
from parity.transfer._states import State
from parity.transfer._tally import Rounding

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

NARROWER = "its digest is of {} elements, which {} ones do not determine"


@dataclass(frozen=True, slots=True)
class Told:
    """What digests tell of a weight.

    Attributes:
        state: same, rounded, different, or unread.
        moments: of the stored tensors that differ, on the left and on the right.
        part_of: the stored tensor of the right that differs, where the weight is only a part of it.
        reason: why they tell nothing.
    """

    state: State
    moments: tuple[Digest, Digest] | None = None
    part_of: str = ""
    reason: str = ""


def by_digests(value: Expression, told: Expression, left: TensorStore, right: TensorStore) -> Told | None:
    """Compare by digests; None where elements are missing and there are no digests of them.

    Args:
        value: what the right is to be, over stored tensors of the left.
        told: what it is, over those of the right.
        left: the numbers of the left.
        right: those of the right.
    """
    try:
        pairs = [*_twins(value, told)]
    except _Unlike:
        return _moved(value, told, left, right)
    try:
        found = [_compared(left.digest(a), right, b) for a, b in pairs]
    except UnreadableTensor:
        return None
    worst = next((each for each in found if each.state is State.UNREAD), None)
    differs = next((at for at, each in enumerate(found) if each.state is State.DIFFERENT), None)
    if differs is None:
        return worst or next((each for each in found if each.state is State.ROUNDED), Told(State.SAME))
    if calculates(value):
        return Told(State.UNREAD, reason=f"it is calculated from {pairs[differs][1]}, of which there are digests only")
    whole = prod(value.shape) == sum(prod(take.shape) for take in _taken(value))
    return replace(found[differs], part_of="" if whole else pairs[differs][1])


class _Unlike(Exception):
    """Two expressions are not made in the same way."""


def _twins(one: Expression, other: Expression) -> Iterator[tuple[str, str]]:
    """The stored tensors in the same places of two expressions.

    Raises:
        _Unlike: they are not made in the same way.
    """
    # Elements are digested row by row, so that sizes do not matter.
    one, other = _flat(one), _flat(other)
    if isinstance(one, Take) and isinstance(other, Take):
        yield one.name, other.name
        return
    if type(one) is not type(other) or replace(one, parts=()) != replace(other, parts=()):
        raise _Unlike
    for mine, theirs in zip(one.parts, other.parts, strict=True):
        if mine.shape != theirs.shape:
            raise _Unlike
        yield from _twins(mine, theirs)


def _flat(each: Expression) -> Expression:
    inner = each
    while isinstance(inner, Reshape):
        inner = inner.parts[0]
    return inner if isinstance(inner, Take) else each


def _taken(value: Expression) -> Iterator[Take]:
    if isinstance(value, Take):
        yield value
    for part in value.parts:
        yield from _taken(part)


def _moved(value: Expression, told: Expression, left: TensorStore, right: TensorStore) -> Told | None:
    """Compare where one side has elements, put into the places that they have in the other side's tensors."""
    for digested, here, elements, there in ((value, left, told, right), (told, right, value, left)):
        takes = [*{take.name: take for take in _taken(digested)}.values()]
        try:
            digests = [here.digest(take.name) for take in takes]
            array = elements.array(there.read)
        except UnreadableTensor:
            continue
        places = _places(digested, takes)
        if places is None:
            return Told(State.UNREAD, reason="it is laid out differently, and digests are of whole tensors")
        found = _unmoved(array, places, takes, digests)
        differs = next((each for each in found if each.state is not State.SAME), Told(State.SAME))
        before_after = differs.moments if digested is value or differs.moments is None else differs.moments[::-1]
        return replace(differs, moments=before_after)
    return None


def _places(value: Expression, takes: Sequence[Take]) -> Array | None:
    """For each element of an expression its place in the stored tensors, one after the other; None if some are none."""
    import numpy as np

    if calculates(value) or any(isinstance(each, Filled | Literal) for each in _leaves(value)):
        return None
    sizes = [prod(take.shape) for take in takes]
    starts = dict(zip((take.name for take in takes), np.cumsum([0, *sizes[:-1]]), strict=True))
    lengths = dict(zip((take.name for take in takes), sizes, strict=True))
    places = value.array(lambda name: starts[name] + np.arange(lengths[name])).reshape(-1)
    if places.size != sum(sizes):
        return None
    seen = np.zeros(places.size, bool)
    seen[places] = True
    return places if seen.all() else None


def _leaves(value: Expression) -> Iterator[Expression]:
    if not value.parts:
        yield value
    for part in value.parts:
        yield from _leaves(part)


def _unmoved(array: Array, places: Array, takes: Sequence[Take], digests: Sequence[Digest]) -> Iterator[Told]:
    import numpy as np

    back = np.empty(places.size, array.dtype)
    back[places] = array.reshape(-1)
    start = 0
    for take, digest in zip(takes, digests, strict=True):
        stop = start + prod(take.shape)
        yield _of_elements(digest, back[start:stop], digest_of(back[start:stop]))
        start = stop


def _compared(mine: Digest, right: TensorStore, name: str) -> Told:
    theirs = right.digest(name)
    if mine.dtype == theirs.dtype:
        return _told(mine, theirs)
    try:
        return _of_elements(mine, right.read(name), theirs)
    except UnreadableTensor:
        return Told(State.UNREAD, (mine, theirs), reason=NARROWER.format(mine.dtype, theirs.dtype))


def _told(mine: Digest, theirs: Digest) -> Told:
    return Told(State.SAME) if mine.code == theirs.code else Told(State.DIFFERENT, (mine, theirs))


def _of_elements(digest: Digest, array: Array, own: Digest) -> Told:
    """Elements against a digest: in its type, which tells whether they were rounded to it."""
    import numpy as np

    if own.dtype == digest.dtype:
        return _told(digest, own)
    wanted = np.dtype(digest.dtype)
    with np.errstate(all="ignore"):
        cast = array.astype(wanted)
        exact = bool(np.array_equal(cast.astype(array.dtype), array))
    if digest_of(cast).code == digest.code:
        return Told(State.SAME if exact else State.ROUNDED)
    if Rounding.of(array.dtype) >= Rounding.of(wanted):
        return Told(State.UNREAD, (digest, own), reason=NARROWER.format(digest.dtype, own.dtype))
    return Told(State.DIFFERENT, (digest, own))


def diagnosed(found: Told, size: int) -> Diagnosis:
    """Why a weight differs, as far as its moments tell; ``size`` is the number of its elements."""
    if found.moments is None:
        raise ValueError(found.state)
    before, after = found.moments
    if before.not_finite or after.not_finite:
        words = f"holds {after.not_finite:,} infinite or undefined numbers, the left {before.not_finite:,}"
        return Diagnosis(Cause.NOT_FINITE, words)
    for single, other, side in ((after, before, ""), (before, after, " on the left")):
        if size > 1 and not single.std and other.std:
            return Diagnosis(Cause.UNTRAINED, f"is {single.mean:g} everywhere{side}, as before training")
    told = ", ".join(
        f"{name} {getattr(before, key):.4g} -> {getattr(after, key):.4g}"
        for key, name in (("mean", "mean"), ("std", "standard deviation"), ("least", "minimum"), ("most", "maximum"))
    )
    part = f" in {found.part_of}, which it is a part of" if found.part_of else ""
    return Diagnosis(Cause.CHANGED, f"has another digest{part}: {told}")
