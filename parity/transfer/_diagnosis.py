"""Why two tensors that ought to be one differ: each hypothesis is tested on all elements."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations, permutations
from math import prod, sqrt
from typing import TYPE_CHECKING, Any

from parity.graph import Weight
from parity.transfer._rows import Rows

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
PRECISIONS = ("float16", "bfloat16", "float8_e4m3fn", "float8_e5m2")
HEAD = 4096
"""Elements by which a hypothesis is ruled out before all are looked at."""


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
        matches: whether it may be it, by what is known of its numbers.
        read: its array, in the shape in which it is expected where it belongs.
    """

    cause: Cause
    words: str
    read: Callable[[], Array]
    matches: Callable[[Array], bool] = field(default=lambda _: True)


@dataclass(frozen=True)
class Case:
    """Two tensors of one shape that differ.

    Attributes:
        left: what is expected on the right.
        right: what there is.
        stored: what the left stores, before anything is rearranged; None where it is of several tensors.
        weight: the right one in its graph.
        rows: stretches of axes that run in another order than on the left, each with its axis.
        others: what the right could hold instead, the most likely first.
        rtol: the tolerance.
    """

    left: Array
    right: Array
    weight: Weight
    rtol: float
    stored: Array | None = None
    rows: tuple[tuple[int, Rows], ...] = ()
    others: Sequence[Other] = ()

    def same(self, one: Array, other: Array) -> bool:
        """Whether all elements are close, as the tensor is."""
        import numpy as np

        if one.shape != other.shape:
            return False
        size = max(float(np.abs(one).max(initial=0)), float(np.abs(other).max(initial=0)))
        return bool((np.abs(one - other) <= max(self.rtol, 1e-6) * size).all())


def diagnose(case: Case) -> Diagnosis:
    """Say why two tensors differ: the first hypothesis that holds for all elements, or how much they have in common."""
    import numpy as np

    wide = Case(
        case.left.astype(np.float64),
        case.right.astype(np.float64),
        case.weight,
        case.rtol,
        None if case.stored is None else case.stored.astype(np.float64),
        case.rows,
        case.others,
    )
    for hypothesis in HYPOTHESES:
        found = hypothesis(wide)
        if found is not None:
            return found
    return _by_correlation(wide)


def _not_finite(case: Case) -> Diagnosis | None:
    import numpy as np

    counts = [int(array.size - np.isfinite(array).sum()) for array in (case.left, case.right)]
    if not any(counts):
        return None
    return Diagnosis(Cause.NOT_FINITE, f"holds {counts[1]:,} infinite or undefined numbers, the left {counts[0]:,}")


def _constant(case: Case) -> Diagnosis | None:
    """Everything on one side is one number, as before training, and not on the other."""
    values = [_single(array) for array in (case.left, case.right)]
    if values[0] is None and values[1] is not None:
        return Diagnosis(Cause.UNTRAINED, f"is {values[1]:g} everywhere, as before training")
    if values[0] is not None and values[1] is None:
        return Diagnosis(Cause.UNTRAINED, f"is {values[0]:g} everywhere on the left, as before training")
    return None


def _single(array: Array) -> float | None:
    first = array.flat[0] if array.size > 1 else None
    return float(first) if first is not None and bool((array == first).all()) else None


def _precision(case: Case) -> Diagnosis | None:
    import numpy as np

    for name in PRECISIONS:
        for told, (full, cut) in (("", (case.left, case.right)), (" on the left", (case.right, case.left))):
            # A few elements rule most of them out.
            parts = ((full.flat[:HEAD], cut.flat[:HEAD]), (full, cut))
            with np.errstate(all="ignore"):
                same = all(np.array_equal(one.astype(_type(name)).astype(np.float64), other) for one, other in parts)
            if same:
                return Diagnosis(Cause.PRECISION, f"has been rounded to {name}{told}")
    return None


def _type(name: str) -> Any:
    import ml_dtypes
    import numpy as np

    return np.dtype(name if name == "float16" else getattr(ml_dtypes, name))


def _rearranged(case: Case) -> Diagnosis | None:
    """The same numbers in other places."""
    import numpy as np

    ends = [np.array([array.min(), array.max(), array.mean()]) for array in (case.left, case.right)]
    if not case.same(*ends) or not case.same(*(np.sort(array, axis=None) for array in (case.left, case.right))):
        return None
    for cause, words, array in _rearrangements(case):
        if case.same(array, case.right):
            return Diagnosis(cause, words)
    found = _units(case)
    return found or Diagnosis(Cause.UNITS, "holds the same values in another order")


def _rearrangements(case: Case) -> Iterator[tuple[Cause, str, Array]]:
    import numpy as np

    left, axes = case.left, case.weight.axes.split()
    named = len(axes) == left.ndim
    for axis, rows in case.rows:
        for words, array in _reordered(left, axis, rows):
            yield Cause.ROWS, words, array
    if case.stored is not None and case.stored.size == left.size:
        plain = case.stored.reshape(left.shape)
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
    for axis in range(case.left.ndim):
        mine, theirs = (np.moveaxis(each, axis, 0).reshape(each.shape[axis], -1) for each in (case.left, case.right))
        weights = np.random.default_rng(0).standard_normal(mine.shape[1])
        orders = [np.argsort(each @ weights, kind="stable") for each in (mine, theirs)]
        if case.same(mine[orders[0]], theirs[orders[1]]):
            told = axes[axis] if len(axes) == case.left.ndim else f"axis {axis}"
            moved = int((orders[0] != orders[1]).sum())
            return Diagnosis(Cause.UNITS, f"has slices along {told} in another order ({moved:,} of them)")
    return None


def _multiple(case: Case) -> Diagnosis | None:
    import numpy as np

    norm = float(np.vdot(case.left, case.left))
    if not norm or case.left.size < 2:  # of one number everything is a multiple
        return None
    factor = float(np.vdot(case.left, case.right)) / norm
    if factor and case.same(case.left * factor, case.right):
        return Diagnosis(Cause.MULTIPLE, f"is {factor:.6g} times the left")
    return None


def _elsewhere(case: Case) -> Diagnosis | None:
    import numpy as np

    if _single(case.right) is not None:
        return None
    for other in case.others:
        if not other.matches(case.right):
            continue
        array = other.read().astype(np.float64)
        if array.size == case.right.size and case.same(array.reshape(case.right.shape), case.right):
            return Diagnosis(other.cause, other.words)
    return None


def _few(case: Case) -> Diagnosis | None:
    import numpy as np

    size = float(np.abs(case.left).max(initial=0))
    places = np.flatnonzero(np.abs(case.left - case.right) > case.rtol * size)
    if case.left.size > 1 and len(places) <= max(1, FEW * case.left.size):
        at = tuple(int(each) for each in np.unravel_index(places[0], case.left.shape)) if len(places) else ()
        return Diagnosis(
            Cause.CHANGED, f"differs in {len(places):,} of {case.left.size:,} elements, the first at {list(at)}"
        )
    return None


HYPOTHESES = (_not_finite, _constant, _precision, _few, _multiple, _rearranged, _elsewhere)
"""In this order: what explains more of the numbers comes later only where it is harder to tell by chance."""


def _by_correlation(case: Case) -> Diagnosis:
    import numpy as np

    x, y = case.left.ravel(), case.right.ravel()
    size = float(np.linalg.norm(x))
    apart = float(np.linalg.norm(x - y)) / size if size else float("inf")
    telling = x.size > 2 and _single(x) is None and _single(y) is None  # two points lie on a line
    if float(np.corrcoef(x, y)[0, 1]) > ALIKE if telling else apart <= ALIKE:
        return Diagnosis(Cause.CHANGED, f"has changed by {apart:.2g} of its size, as training does")
    for told, array in (("", case.right), (" on the left", case.left)):
        start = _start(array, case.weight)
        if start:
            return Diagnosis(Cause.UNTRAINED, f"has the distribution of {start}{told}, as before training")
    return Diagnosis(Cause.UNRELATED, "is unrelated to the left")


def _start(array: Array, weight: Weight) -> str:
    """The initializer whose distribution a tensor has, or ""."""
    axes = weight.axes.split()
    if array.size < ENOUGH or len(axes) != array.ndim or weight.role not in {"kernel", "recurrent_kernel"}:
        return ""
    sizes = dict(zip(axes, array.shape, strict=True))
    inner = next((size for name, size in sizes.items() if name in {"in", "hidden"}), 1)
    outer = next((size for name, size in sizes.items() if name.split("*")[-1] in {"out", "units"}), 1)
    field_ = prod(size for name, size in sizes.items() if name in {"kd", "kh", "kw"})
    limits = {
        "glorot_uniform": sqrt(6 / (field_ * (inner + outer))),
        "PyTorch's default": 1 / sqrt(field_ * inner),
        "he_uniform": sqrt(6 / (field_ * inner)),
    }
    return next((name for name, limit in limits.items() if _is_uniform(array, limit)), "")


def _is_uniform(array: Array, limit: float) -> bool:
    import numpy as np

    spread, doubt = limit / sqrt(3), 5 / sqrt(array.size)
    most = float(np.abs(array).max())
    return bool(
        limit * (1 - 2 * doubt / sqrt(array.size)) <= most <= limit * (1 + 1e-6)
        and abs(float(array.std()) / spread - 1) < doubt
        and abs(float(array.mean())) < doubt * spread
    )
