"""The numbers of both sides compared, tensor by tensor, with what each is to be on the right."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from math import prod
from typing import TYPE_CHECKING, Any

from parity.comparison import Comparison, Difference, Facet, Topic
from parity.errors import ParityError
from parity.graph import Layer, SourceGraph, Unknown
from parity.store import TensorStore
from parity.transfer._code import code
from parity.transfer._contract import Carried
from parity.transfer._diagnosis import Case, Cause, Diagnosis, Other, diagnose
from parity.transfer._expression import Expression, FoldedBias, FoldedKernel, Read, Scale, Sum, Take
from parity.transfer._plan import plan
from parity.transfer._states import State, distance

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

CALCULATES = (FoldedBias, FoldedKernel, Scale, Sum)
STATISTICS = {"moving_mean", "moving_variance", "mean", "variance"}
LIKENESS = 1e-4


@dataclass(frozen=True, slots=True)
class Compared:
    """Two weights that ought to be one.

    Attributes:
        layers: the left and the right layer.
        role: of the weight.
        left, right: the stored tensors that they are made of; "" where a side has none.
        expression: what the right one is to be, as code over the left.
        state: what they are.
        max_abs: the largest difference of two elements.
        rel_l2: the norm of the difference over that of the left.
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
    max_abs: float = 0.0
    rel_l2: float = 0.0
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
    numbers = _Numbers(matched, left.read, right.read, rtol)
    return tuple(numbers.compared(each) for each in matched)


def weight_differences(compared: Iterable[Compared]) -> Iterator[Difference]:
    """What differs, and what could not be compared; what is on one side only is told of as such elsewhere."""
    for each in compared:
        if each.given or each.state not in {State.DIFFERENT, State.UNREAD}:
            continue
        unknown = Unknown(each.reason) if each.state is State.UNREAD else None
        yield Difference(Topic.VALUES, Facet.WEIGHTS, *each.layers, each.role, each.left, each, unknown=unknown)


def with_weights(
    comparison: Comparison, left: SourceGraph, right: SourceGraph, rtol: float
) -> tuple[Comparison, tuple[Compared, ...]]:
    """A comparison with the differences of the weights' numbers, and all that was compared.

    Args:
        comparison: of both graphs.
        left: the source of the left graph.
        right: that of the right graph.
        rtol: as ``compare_weights`` takes it.
    """
    found = compare_weights(plan(comparison, left, right).matched, left.store, right.store, rtol)
    return replace(comparison, differences=(*comparison.differences, *weight_differences(found))), found


class _Numbers:
    def __init__(self, matched: Sequence[Carried], left: Read, right: Read, rtol: float) -> None:
        self.matched = matched
        self.left = left
        self.right = right
        self.rtol = rtol
        self.moments = cache(self._moments)

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
            mine, theirs = each.value.array(self.left), each.told.array(self.right)
            scales = [_scale(each.value, self.left), _scale(each.told, self.right)]
        except ParityError as error:
            return replace(blank, reason=str(error))
        known = [scale for scale in scales if scale is not None]
        found = distance(mine, theirs, self.rtol, scale=max(known) if known else None)
        if found.state is State.DIFFERENT and each.instead is not None:
            total = self.compared(each.instead)
            if total.state not in {State.DIFFERENT, State.UNREAD}:
                return replace(blank, state=total.state, max_abs=total.max_abs, rel_l2=total.rel_l2)
        if found.state is State.DIFFERENT and each.guess:
            return replace(blank, reason=each.guess)
        why = self._why(each, mine, theirs) if found.state is State.DIFFERENT and not each.given else None
        return replace(
            blank, state=found.state, max_abs=found.max_abs, rel_l2=found.rel_l2, diagnosis=why, reason=each.reason
        )

    def _why(self, each: Carried, mine: Array, theirs: Array) -> Diagnosis:
        value = each.value
        names = [*value.names()] if value is not None else []
        stored = self.left(names[0]) if len(names) == 1 and value is not None and _moves(value) else None
        weight = each.weight or next(w for w in each.left.weights if w.role == each.role)
        others = tuple(self._others(each))
        return diagnose(Case(mine, theirs, weight, self.rtol, stored, each.rows, others))

    def _others(self, each: Carried) -> Iterator[Other]:
        """What the right could hold instead: another weight of its layer first, then those of layers near it."""
        size = prod(each.value.shape) if each.value is not None else 0
        at = next((place for place, other in enumerate(self.matched) if other is each), 0)
        near = sorted(range(len(self.matched)), key=lambda place: abs(place - at))
        for place in near:
            other = self.matched[place]
            if other is each or other.value is None or prod(other.value.shape) != size:
                continue
            cause, words = _told(each, other)
            read = partial(other.value.array, self.left)
            yield Other(cause, words, read, partial(self._alike, place))

    def _alike(self, place: int, array: Array) -> bool:
        """Whether a tensor can be the one at a place, by its extremes and its sum."""
        mine, theirs = self.moments(place), _moments(array)
        return all(abs(a - b) <= LIKENESS * max(abs(a), abs(b), 1e-30) for a, b in zip(mine, theirs, strict=True))

    def _moments(self, place: int) -> tuple[float, ...]:
        value = self.matched[place].value
        try:
            return _moments(value.array(self.left)) if value is not None else (float("nan"),) * 2
        except ParityError:
            return (float("nan"),) * 2  # what cannot be read is no candidate


def _moments(array: Array) -> tuple[float, ...]:
    wide = array.astype("float64")
    return (float(wide.min(initial=0)), float(wide.max(initial=0)))


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


def _moves(value: Expression) -> bool:
    """Whether an expression only moves elements."""
    return not isinstance(value, CALCULATES) and all(map(_moves, value.parts))


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
