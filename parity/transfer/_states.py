"""How two tensors that ought to be one compare."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

RTOL = 1e-5
"""By how much of a tensor's largest element others may be off and be called close."""

SLAB = 1 << 20
"""Elements that are compared at once."""

LAST_PLACES = 16
"""How many units in the last place several operations in the narrower type may lose."""


class State(StrEnum):
    """What a pair of tensors is."""

    SAME = "same"
    """Every number is the same."""
    ROUNDED = "rounded"
    """Equal within the narrower type of number."""
    CLOSE = "close"
    """Within the tolerance."""
    DIFFERENT = "different"
    UNREAD = "unread"
    """Not compared, for a reason."""


@dataclass(frozen=True, slots=True)
class Distance:
    """How far two tensors are apart.

    Attributes:
        state: what they are.
        max_abs: the largest difference of two elements; infinite where only one of them is a number.
        rel_l2: the norm of the difference over that of the left one; infinite where that is zero.
    """

    state: State
    max_abs: float = 0.0
    rel_l2: float = 0.0


def distance(left: Array, right: Array, rtol: float, *, scale: float | None = None) -> Distance:
    """Compare two arrays of one shape.

    Args:
        left: what is expected.
        right: what there is.
        rtol: by how much of the largest element others may be off.
        scale: where one was calculated, the largest number that came up in that: rounding is in proportion to it.
    """
    import numpy as np

    if left.dtype == right.dtype and np.array_equal(left, right):
        return Distance(State.SAME)
    last = max(step(left.dtype), step(right.dtype))
    found = _Sums()
    mine, theirs = left.reshape(-1), right.reshape(-1)
    for start in range(0, mine.size, SLAB):
        found.add(_wide(mine[start : start + SLAB]), _wide(theirs[start : start + SLAB]), last)
    if not np.isfinite(found.most):
        return Distance(State.DIFFERENT, float("inf"), float("inf"))
    if not found.most:
        return Distance(State.SAME)
    apart = float((found.gap / found.norm) ** 0.5) if found.norm else float("inf")
    calculated = scale is not None and found.most <= LAST_PLACES * last * max(scale, found.largest)
    if calculated or found.within:
        return Distance(State.ROUNDED, found.most, apart)
    return Distance(State.CLOSE if found.most <= rtol * found.largest else State.DIFFERENT, found.most, apart)


@dataclass
class _Sums:
    """What comes of two arrays that are compared a part at a time, in double precision.

    Attributes:
        most: the largest difference of two elements.
        largest: the largest element.
        gap, norm: the sums of the squares of the differences, and of the left elements.
        within: all elements are as close as the next number of the type.
    """

    most: float = 0.0
    largest: float = 0.0
    gap: float = 0.0
    norm: float = 0.0
    within: bool = True

    def add(self, x: Array, y: Array, step: float) -> None:
        """Take in a part."""
        import numpy as np

        with np.errstate(invalid="ignore", over="ignore"):
            gap = np.abs(x - y)
            gap[(x == y) | (np.isnan(x) & np.isnan(y))] = 0
            gap[np.isnan(gap)] = np.inf
            sizes = np.maximum(np.abs(x), np.abs(y))
            known = x[np.isfinite(x)]
            self.within = self.within and bool((gap <= step * sizes)[gap > 0].all())
            self.most = max(self.most, float(gap.max(initial=0)))
            self.largest = max(self.largest, float(sizes[np.isfinite(sizes)].max(initial=0)))
            self.gap += float(np.vdot(gap, gap).real)
            self.norm += float(np.vdot(known, known).real)


def _wide(array: Array) -> Array:
    import numpy as np

    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def step(dtype: Any) -> float:
    """The distance from 1 to the next number; 0 for whole numbers, which are never rounded."""
    import ml_dtypes

    try:
        return float(ml_dtypes.finfo(dtype).eps)
    except ValueError:
        return 0.0
