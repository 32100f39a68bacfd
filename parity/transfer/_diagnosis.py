"""Why two tensors that ought to be one differ: each hypothesis is tested on all elements."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations, permutations
from math import prod, sqrt
from typing import TYPE_CHECKING, Any

from parity.graph import Weight
from parity.transfer._flat import STRETCH, Flat, slabs, stretches, wide
from parity.transfer._rows import Rows
from parity.transfer._tally import Moments, Tally

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

MOST_AXES = 5
FEW = 0.05
"""The share of elements up to which single ones are said to differ."""
ALIKE = 0.5
"""The correlation from which on one tensor is said to come from the other."""
ENOUGH = 32
"""Elements from which on a distribution can be told."""
FIRST = 64
"""Elements by which another tensor is ruled out."""
PRECISIONS = ("float16", "bfloat16", "float8_e4m3fn", "float8_e5m2")


class Cause(StrEnum):
    """What was found to be the matter."""

    NOT_FINITE = "not finite"
    UNTRAINED = "untrained"
    PRECISION = "rounded"
    TRANSPOSED = "transposed"
    FLIPPED = "flipped"
    GATES = "gates"
    ROWS = "rows"
    UNITS = "units"
    MULTIPLE = "multiple"
    STATISTICS = "statistics"
    PROJECTIONS = "projections"
    ELSEWHERE = "elsewhere"
    BIAS = "bias"
    CHANGED = "changed"
    UNRELATED = "unrelated"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is the matter, and in words for people what follows "it"."""

    cause: Cause
    words: str


@dataclass(frozen=True, slots=True)
class Other:
    """Another tensor that the right one may hold: what it is called, and what it would mean.

    Attributes:
        matches: whether it may be it, by the first of its numbers and how far they may be off.
        read: its elements, in the order in which they are expected where it belongs.
    """

    cause: Cause
    words: str
    read: Callable[[], Flat]
    matches: Callable[[Sequence[float], float], bool] = field(default=lambda *_: True)


@dataclass(frozen=True)
class Case:
    """Two tensors of one shape that differ.

    Attributes:
        left: what is expected on the right.
        right: what there is.
        tally: what both come to.
        weight: the right one in its graph.
        rtol: the tolerance.
        stored: gives what the left stores, before anything is rearranged; None where it is of several tensors.
        rows: stretches of axes that run in another order than on the left, each with its axis.
        others: what the right could hold instead, the most likely first.
    """

    left: Flat
    right: Flat
    tally: Tally
    weight: Weight
    rtol: float
    stored: Callable[[], Array] | None = None
    rows: tuple[tuple[int, Rows], ...] = ()
    others: Iterable[Other] = ()

    @property
    def within(self) -> float:
        """How far two elements may be apart, absolutely, and be one number."""
        return max(self.rtol, 1e-6) * self.tally.largest

    def same(self, one: Flat, other: Flat, factor: float = 1.0) -> bool:
        """Whether all elements are close, as the tensor is, those of the first one times a factor."""
        import numpy as np

        return one.size == other.size and all(
            bool((np.abs(x * factor - y) <= self.within).all()) for x, y in slabs(one, other)
        )


def diagnose(case: Case) -> Diagnosis:
    """Say why two tensors differ: the first hypothesis that holds for all elements, or how much they have in common.

    What the sums and the first elements of both rule out is not looked at any further.
    """
    return next(filter(None, (hypothesis(case) for hypothesis in HYPOTHESES)), None) or _by_correlation(case)


def _not_finite(case: Case) -> Diagnosis | None:
    left, right = case.tally.left.others, case.tally.right.others
    if not left and not right:
        return None
    return Diagnosis(Cause.NOT_FINITE, f"holds {right:,} infinite or undefined numbers, the left {left:,}")


def _constant(case: Case) -> Diagnosis | None:
    """Everything on one side is one number, as before training, and not on the other."""
    left, right = case.tally.left, case.tally.right
    if case.left.size < 2 or left.constant is right.constant:
        return None
    if right.constant:
        return Diagnosis(Cause.UNTRAINED, f"is {right.low:g} everywhere, as before training")
    return Diagnosis(Cause.UNTRAINED, f"is {left.low:g} everywhere on the left, as before training")


def _precision(case: Case) -> Diagnosis | None:
    import numpy as np

    heads = case.tally.heads or ()
    for name in PRECISIONS:
        for told, sides in (("", (0, 1)), (" on the left", (1, 0))):
            full, cut = (heads[side] for side in sides)
            tensors = [(case.left, case.right)[side] for side in sides]
            with np.errstate(all="ignore"):
                same = np.array_equal(_rounded(full, name), cut) and all(
                    np.array_equal(_rounded(one, name), other) for one, other in slabs(*tensors)
                )
            if same:
                return Diagnosis(Cause.PRECISION, f"has been rounded to {name}{told}")
    return None


def _rounded(array: Array, name: str) -> Array:
    import ml_dtypes
    import numpy as np

    return array.astype(np.dtype(name if name == "float16" else getattr(ml_dtypes, name))).astype(np.float64)


def _rearranged(case: Case) -> Diagnosis | None:
    """The same numbers in other places."""
    import numpy as np

    left, right = case.tally.left, case.tally.right
    ends = ((left.low, right.low), (left.high, right.high), (left.mean, right.mean))
    if any(abs(mine - theirs) > case.within for mine, theirs in ends):
        return None
    ranked = [Flat.of(np.sort(wide(each.whole()).ravel())) for each in (case.left, case.right)]
    if not case.same(ranked[0], ranked[1]):
        return None
    for cause, words, array in _rearrangements(case):
        if array.shape == case.right.shape and case.same(Flat.of(array), case.right):
            return Diagnosis(cause, words)
    found = _units(case)
    return found or Diagnosis(Cause.UNITS, "holds the same values in another order")


def _rearrangements(case: Case) -> Iterator[tuple[Cause, str, Array]]:
    import numpy as np

    left, axes = case.left.whole(), case.weight.axes.split()
    named = len(axes) == left.ndim
    for axis, rows in case.rows:
        for words, array in _reordered(left, axis, rows):
            yield Cause.ROWS, words, array
    stored = case.stored() if case.stored is not None else None
    if stored is not None and stored.size == left.size:
        plain = stored.reshape(left.shape)
        yield Cause.TRANSPOSED, "holds the elements row by row as the left stores them, not transposed", plain
    for order in permutations(range(left.ndim)) if left.ndim <= MOST_AXES else ():
        if list(order) != sorted(order):
            yield Cause.TRANSPOSED, f"is transposed by {order}", left.transpose(order)
    for number, name in enumerate(axes if named else ()):
        if name.startswith("gate*"):
            yield from ((Cause.GATES, *each) for each in _gated(left, number, _gates(case.weight, number)))
    for count in range(1, left.ndim + 1):
        for chosen in combinations(range(left.ndim), count):
            told = " and ".join(axes[at] if named else str(at) for at in chosen)
            yield Cause.FLIPPED, f"is flipped along {told}", np.flip(left, chosen)


def _gates(weight: Weight, axis: int) -> Iterator[int]:
    yield from (count for count in (3, 4) if not weight.shape[axis] % count)


def _gated(left: Array, axis: int, counts: Iterator[int]) -> Iterator[tuple[str, Array]]:
    for count in counts:
        apart = left.reshape(*left.shape[:axis], count, left.shape[axis] // count, *left.shape[axis + 1 :])
        for order in permutations(range(count)):
            if list(order) != sorted(order):
                yield f"has its gates in the order {order}", apart.take(order, axis).reshape(left.shape)


def _reordered(left: Array, axis: int, rows: Rows) -> Iterator[tuple[str, Array]]:
    """With the order of rows not applied, and applied twice."""
    sizes = tuple(rows.sizes[at] for at in rows.order)
    back = tuple(rows.order.index(at) for at in range(len(sizes)))
    front = left[(*(slice(None),) * axis, slice(rows.start, rows.start + prod(sizes)))]
    for words, apart, order in (
        ("has its rows in the order of the left", sizes, back),
        ("has its rows reordered twice", rows.sizes, rows.order),
    ):
        whole = left.copy()
        shape = (*front.shape[:axis], *apart, *front.shape[axis + 1 :])
        rest = range(axis + len(apart), len(shape))
        moved = front.reshape(shape).transpose(*range(axis), *(axis + at for at in order), *rest)
        whole[(*(slice(None),) * axis, slice(rows.start, rows.start + prod(sizes)))] = moved.reshape(front.shape)
        yield words, whole


def _units(case: Case) -> Diagnosis | None:
    """Slices along one axis in another order, matched by a number that each comes to."""
    import numpy as np

    axes = case.weight.axes.split()
    arrays = case.left.whole(), case.right.whole()
    for axis in range(arrays[0].ndim):
        mine, theirs = (np.moveaxis(each, axis, 0).reshape(each.shape[axis], -1) for each in arrays)
        weights = np.random.default_rng(0).standard_normal(mine.shape[1])
        orders = [np.argsort(each @ weights, kind="stable") for each in (mine, theirs)]
        if case.same(Flat.of(mine[orders[0]]), Flat.of(theirs[orders[1]])):
            told = axes[axis] if len(axes) == arrays[0].ndim else f"axis {axis}"
            moved = int((orders[0] != orders[1]).sum())
            return Diagnosis(Cause.UNITS, f"has slices along {told} in another order ({moved:,} of them)")
    return None


def _multiple(case: Case) -> Diagnosis | None:
    tally = case.tally
    if not tally.left.square or case.left.size < 2:  # of one number everything is a multiple
        return None
    factor = tally.product / tally.left.square
    if factor and case.same(case.left, case.right, factor):
        return Diagnosis(Cause.MULTIPLE, f"is {factor:.6g} times the left")
    return None


def _elsewhere(case: Case) -> Diagnosis | None:
    if case.tally.right.constant or case.tally.heads is None:
        return None
    head = case.tally.heads[1][:FIRST].tolist()
    for other in case.others:
        if other.matches(head, case.within) and case.same(other.read(), case.right):
            return Diagnosis(other.cause, other.words)
    return None


def _few(case: Case) -> Diagnosis | None:
    import numpy as np

    count, first, least, size = 0, 0, case.rtol * case.tally.left.largest, case.left.size
    for at, (mine, theirs) in enumerate(stretches(case.left, case.right)):
        gaps = np.abs(wide(mine) - wide(theirs)).reshape(len(mine), -1).max(axis=1)  # a complex number is two
        places = np.flatnonzero(gaps > least)
        if len(places) and not count:
            first = at * STRETCH + int(places[0])
        count += len(places)
        if size < 2 or count > max(1, FEW * size):
            return None
    place = [int(each) for each in np.unravel_index(first, case.left.shape)] if count else []
    return Diagnosis(Cause.CHANGED, f"differs in {count:,} of {size:,} elements, the first at {place}")


HYPOTHESES = (_not_finite, _constant, _precision, _few, _multiple, _rearranged, _elsewhere)
"""In this order: what explains more of the numbers comes later only where it is harder to tell by chance."""


def _by_correlation(case: Case) -> Diagnosis:
    left, right, apart = case.tally.left, case.tally.right, case.tally.apart
    telling = left.count > 2 and not left.constant and not right.constant  # two points lie on a line
    if case.tally.correlation > ALIKE if telling else apart <= ALIKE:
        return Diagnosis(Cause.CHANGED, f"has changed by {apart:.2g} of its size, as training does")
    for told, shape, moments in (("", case.right.shape, right), (" on the left", case.left.shape, left)):
        start = _start(shape, moments, case.weight)
        if start:
            return Diagnosis(Cause.UNTRAINED, f"has the distribution of {start}{told}, as before training")
    return Diagnosis(Cause.UNRELATED, "is unrelated to the left")


def _start(shape: tuple[int, ...], moments: Moments, weight: Weight) -> str:
    """The initializer whose distribution a tensor has, or ""."""
    axes = weight.axes.split()
    if moments.count < ENOUGH or len(axes) != len(shape) or weight.role not in {"kernel", "recurrent_kernel"}:
        return ""
    sizes = dict(zip(axes, shape, strict=True))
    inner = next((size for name, size in sizes.items() if name in {"in", "hidden"}), 1)
    outer = next((size for name, size in sizes.items() if name.split("*")[-1] in {"out", "units"}), 1)
    field_ = prod(size for name, size in sizes.items() if name in {"kd", "kh", "kw"})
    limits = {
        "glorot_uniform": sqrt(6 / (field_ * (inner + outer))),
        "PyTorch's default": 1 / sqrt(field_ * inner),
        "he_uniform": sqrt(6 / (field_ * inner)),
    }
    return next((name for name, limit in limits.items() if _is_uniform(moments, limit)), "")


def _is_uniform(moments: Moments, limit: float) -> bool:
    spread, doubt = limit / sqrt(3), 5 / sqrt(moments.count)
    return (
        limit * (1 - 2 * doubt / sqrt(moments.count)) <= moments.largest <= limit * (1 + 1e-6)
        and abs(sqrt(moments.variance) / spread - 1) < doubt
        and abs(moments.mean) < doubt * spread
    )
