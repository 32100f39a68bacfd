"""The numbers of both sides compared, tensor by tensor, with what each is to be on the right."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from math import nan, prod

from parity.comparison import Comparison, Difference, Facet, Topic
from parity.errors import ParityError
from parity.graph import Census, Layer, SourceGraph, Unknown, Weight
from parity.store import TensorStore
from parity.transfer._absorbed import MEAN
from parity.transfer._calculated import CALCULATES, FoldedBias, calculates
from parity.transfer._code import code
from parity.transfer._contract import Carried
from parity.transfer._diagnosis import FIRST, Case, Cause, Diagnosis, Other, diagnose
from parity.transfer._digests import Told, by_digests, diagnosed
from parity.transfer._expression import Expression, Read, Sum, Take
from parity.transfer._flat import Flat, wide
from parity.transfer._plan import plan
from parity.transfer._precomputed import shown_by_numbers
from parity.transfer._states import Distance, State, distance
from parity.transfer._tally import Tally

STATISTICS = {"moving_mean", "moving_variance", "mean", "variance"}
ALIKE = {State.SAME, State.ROUNDED, State.CLOSE}


@dataclass(frozen=True, slots=True)
class Compared:
    """Two weights that ought to be one.

    Attributes:
        layers: the left and the right layer.
        role: of the weight.
        left, right: the stored tensors that they are made of; "" where a side has none.
        expression: what the right one is to be, as code over the left.
        state: what they are.
        max_abs: the largest difference of two elements; None where there are digests only.
        rel_l2: the norm of the difference over that of the left; None where there are digests only.
        diagnosis: why they differ.
        reason: why they were not compared.
        given: one side has no such weight: it computes as with one that changes nothing.
    """

    layers: tuple[Layer, Layer]
    role: str
    left: str
    right: str
    expression: str
    state: State
    max_abs: float | None = 0.0
    rel_l2: float | None = 0.0
    diagnosis: Diagnosis | None = None
    reason: str = ""
    given: bool = False


def compare_weights(
    matched: Sequence[Carried], left: TensorStore, right: TensorStore, rtol: float
) -> tuple[Compared, ...]:
    """Compare what both sides hold, one pair of tensors after the other, in the order of the plan.

    Args:
        matched: the pairs.
        left: the numbers of the left.
        right: those of the right.
        rtol: by how much of a tensor's largest element others may be off and be called close.
    """
    numbers = _Numbers(matched, left, right, rtol)
    return tuple(_with_own_names(numbers.compared(each), right) for each in matched)


def _with_own_names(compared: Compared, store: TensorStore) -> Compared:
    """With what the right file itself calls a tensor that was recognised by its values."""
    own = store.own_name(compared.right) if isinstance(store, TensorStore) else compared.right
    if own == compared.right:
        return compared
    said = f"stored as {own}"
    if compared.diagnosis is not None:
        words = f"{compared.diagnosis.words}, {said}"
        return replace(compared, diagnosis=replace(compared.diagnosis, words=words))
    return replace(compared, reason=f"{compared.reason}, {said}" if compared.reason else said)


def weight_differences(compared: Iterable[Compared]) -> Iterator[Difference]:
    """What differs, and what could not be compared anywhere; what is on one side only is told of as such elsewhere."""
    known = [*compared]
    seen = {storage for each in known if each.state is not State.UNREAD for storage in _storages(each)}
    for each in known:
        if each.state in ALIKE and each.diagnosis is not None:
            yield Difference(Topic.VALUES, Facet.WEIGHTS, *each.layers, each.role, each.left, each, unseen=True)
        if each.state in ALIKE:
            continue
        if each.given and (each.state is State.DIFFERENT or seen.issuperset(_storages(each))):
            continue
        unknown = Unknown(each.reason) if each.state is State.UNREAD else None
        yield Difference(Topic.VALUES, Facet.WEIGHTS, *each.layers, each.role, each.left, each, unknown=unknown)


def _storages(compared: Compared) -> set[tuple[int, str]]:
    """The stored elements of both weights, each with the side that has them."""
    weights = [layer.weight(compared.role) for layer in compared.layers]
    return {(side, weight.storage) for side, weight in enumerate(weights) if weight is not None}


def with_weights(
    comparison: Comparison,
    left: SourceGraph,
    right: SourceGraph,
    rtol: float,
    asked: Callable[[Layer], bool] = lambda _: True,
) -> tuple[Comparison, tuple[Compared, ...]]:
    """A comparison with the differences of the weights' numbers, and all that was compared.

    Args:
        comparison: of both graphs.
        left: the source of the left graph.
        right: that of the right graph.
        rtol: as ``compare_weights`` takes it.
        asked: whether the weights of a layer, on either side, are to be compared; those of others are not read.
    """
    matched = [each for each in plan(comparison, left, right).matched if asked(each.left) or asked(each.right)]
    found = compare_weights(matched, left.store, right.store, rtol)
    alike = {(each.layers[0].path, each.layers[1].path, each.role) for each in found if each.state in ALIKE}
    differences = shown_by_numbers(comparison.differences, alike)
    return replace(comparison, differences=(*differences, *weight_differences(found))), found


class _Numbers:
    def __init__(self, matched: Sequence[Carried], left: TensorStore, right: TensorStore, rtol: float) -> None:
        self.matched = matched
        self.stores = left, right
        self.left = left.read
        self.right = right.read
        self.rtol = rtol
        self.head = cache(self._head)

    def compared(self, each: Carried) -> Compared:
        blank = Compared(
            (each.left, each.right),
            each.role,
            _names(each.value),
            _names(each.told),
            "" if each.value is None else code(each.value),
            State.UNREAD,
            reason=each.reason,
            given=each.given,
        )
        if each.value is None or each.told is None:
            return replace(blank, reason=each.reason or "it is not among the stored tensors")
        try:
            sides = Flat.made(each.value, self.stores[0]), Flat.made(each.told, self.stores[1])
            scales = [_scale(each.value, self.left), _scale(each.told, self.right)]
            known = [scale for scale in scales if scale is not None]
            found = distance(*sides, self.rtol, scale=max(known) if known else None)
        except ParityError as error:
            return self._by_digests(each, blank, str(error))
        if found.state is State.DIFFERENT and each.instead is not None:
            total = self.compared(each.instead)
            if total.state in ALIKE:
                return replace(blank, state=total.state, max_abs=total.max_abs, rel_l2=total.rel_l2)
        if found.state is State.DIFFERENT and each.guess:
            return replace(blank, reason=each.guess)
        asked = found.state is State.DIFFERENT and not each.given
        why = self._why(each, *sides, found.tally) if asked and found.tally is not None else _undefined(found)
        return replace(
            blank, state=found.state, max_abs=found.max_abs, rel_l2=found.rel_l2, diagnosis=why, reason=each.reason
        )

    def _by_digests(self, each: Carried, blank: Compared, unread: str) -> Compared:
        """What digests tell of a weight whose elements a side does not have."""
        if each.value is None or each.told is None:
            return blank
        found = by_digests(each.value, each.told, *self.stores)
        if found is None or found.state is State.UNREAD:
            return replace(blank, reason=unread if found is None else found.reason)
        if found.state is not State.DIFFERENT:
            return replace(blank, state=found.state)
        if each.instead is not None and self.compared(each.instead).state in ALIKE:
            return replace(blank, state=State.SAME)
        if each.guess:
            return replace(blank, reason=each.guess)
        why = None if each.given else self._digest_elsewhere(each, found) or diagnosed(found, prod(each.value.shape))
        return replace(blank, state=State.DIFFERENT, max_abs=None, rel_l2=None, diagnosis=why)

    def _digest_elsewhere(self, each: Carried, found: Told) -> Diagnosis | None:
        """The weight of the left whose digest a weight of the right has."""
        for other in self._near(each):
            names = [*other.value.names()] if other.value is not None else []
            try:
                code_ = self.stores[0].digest(names[0]).code if len(names) == 1 else ""
            except ParityError:
                continue  # what cannot be read is no candidate
            if found.moments is not None and code_ == found.moments[1].code:
                return Diagnosis(*_told(each, other))
        return None

    def _why(self, each: Carried, mine: Flat, theirs: Flat, tally: Tally) -> Diagnosis:
        value = each.value
        kept = _with_bias(each)
        if kept and self._apart(*kept) in ALIKE:
            return Diagnosis(Cause.BIAS, "is that of the left, from which the bias on one side was not subtracted")
        names = [*value.names()] if value is not None else []
        alone = len(names) == 1 and value is not None and not calculates(value)
        stored = partial(self.left, names[0]) if alone else None
        own = each.weight or each.left.weight(each.role)
        weight = own or Weight(each.role, mine.shape, str(mine.dtype), Census.STATE, "", role=each.role)  # of a scale
        return diagnose(Case(mine, theirs, tally, weight, self.rtol, stored, each.rows, self._others(each)))

    def _apart(self, value: Expression, told: Expression) -> State:
        return distance(Flat.made(value, self.stores[0]), Flat.made(told, self.stores[1]), self.rtol).state

    def _near(self, each: Carried) -> Iterator[Carried]:
        """Others of as many elements: another weight of its layer first, then those of layers near it."""
        size = prod(each.value.shape) if each.value is not None else 0
        at = next((place for place, other in enumerate(self.matched) if other is each), 0)
        for place in sorted(range(len(self.matched)), key=lambda place: abs(place - at)):
            other = self.matched[place]
            if other is not each and other.value is not None and prod(other.value.shape) == size:
                yield other

    def _others(self, each: Carried) -> Iterator[Other]:
        """What the right could hold instead."""
        for other in self._near(each):
            if other.value is not None:
                read = partial(Flat.made, other.value, self.stores[0])
                yield Other(*_told(each, other), read, partial(self._alike, other.value))

    def _alike(self, value: Expression, head: Sequence[float], within: float) -> bool:
        """Whether a tensor can be another one, by the first of its numbers."""
        return all(abs(mine - theirs) <= within for mine, theirs in zip(self.head(value), head, strict=False))

    def _head(self, value: Expression) -> list[float]:
        try:
            found: list[float] = wide(Flat.made(value, self.stores[0]).stretch(0, FIRST)).tolist()
        except ParityError:
            return [nan]  # what cannot be read is no candidate
        return found


def _undefined(found: Distance) -> Diagnosis | None:
    """What is worth telling of weights that are the same."""
    if not found.others or found.state not in ALIKE:
        return None
    return Diagnosis(Cause.NOT_FINITE, f"holds {found.others:,} infinite or undefined numbers, as the left does")


def _with_bias(each: Carried) -> tuple[Expression, Expression] | None:
    """Two moving means as they are, of which one makes up for a bias; None for other weights."""
    if each.role != MEAN or each.value is None or each.told is None:
        return None
    kept = [side.parts[0] if isinstance(side, Sum) else side for side in (each.value, each.told)]
    return (kept[0], kept[1]) if kept != [each.value, each.told] else None


def _told(each: Carried, other: Carried) -> tuple[Cause, str]:
    role = other.role.replace("_", " ")
    if other.left is each.left and {each.role, other.role} <= STATISTICS:
        return Cause.STATISTICS, f"holds the {role}"
    if other.left is each.left:
        return Cause.ELSEWHERE, f"holds the {role} of its layer"
    parts = [layer.path.rpartition(":") for layer in (each.left, other.left)]
    projections = {"query", "key", "value", "output"}
    if parts[0][0] and parts[0][0] == parts[1][0] and {part[2] for part in parts} <= projections:
        return Cause.PROJECTIONS, f"holds the {role} of the {parts[1][2]}"
    what = "" if other.role == each.role else f"{role} of "
    return Cause.ELSEWHERE, f"holds the {what}{other.left.source}"


def _names(value: Expression | None) -> str:
    return " + ".join(dict.fromkeys(value.names())) if value is not None else ""


def _scale(value: Expression, read: Read) -> float | None:
    """The largest number that comes up where an expression calculates; None where it does not."""
    import numpy as np

    if isinstance(value, FoldedBias):
        bias, mean, variance, gamma, beta = (np.abs(part.array(read).astype(np.float64)) for part in value.parts)
        return float(((bias + mean) * gamma / (variance + value.epsilon) ** 0.5 + beta).max(initial=0))
    if isinstance(value, CALCULATES):
        return float(max(np.abs(part.array(read).astype(np.float64)).max(initial=0) for part in _summands(value)))
    if isinstance(value, Take) or not value.parts:
        return None
    found = [each for each in (_scale(part, read) for part in value.parts) if each is not None]
    return max(found) if found else None


def _summands(value: Expression) -> tuple[Expression, ...]:
    return value.parts if isinstance(value, Sum) else (value,)
