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
    x, y = _wide(left), _wide(right)
    gap = np.abs(x - y)
    gap[(x == y) | (np.isnan(x) & np.isnan(y))] = 0
    if not np.isfinite(gap).all():
        return Distance(State.DIFFERENT, float("inf"), float("inf"))
    most = float(gap.max(initial=0))
    if not most:
        return Distance(State.SAME)
    norm = float(np.linalg.norm(np.nan_to_num(x, posinf=0, neginf=0)))
    apart = float(np.linalg.norm(gap)) / norm if norm else float("inf")
    step = max(_step(left.dtype), _step(right.dtype))
    sizes = np.maximum(np.abs(x), np.abs(y))
    largest = float(sizes[np.isfinite(sizes)].max(initial=0))
    calculated = scale is not None and most <= LAST_PLACES * step * max(scale, largest)
    if calculated or bool((gap <= step * sizes).all()):
        return Distance(State.ROUNDED, most, apart)
    return Distance(State.CLOSE if most <= rtol * largest else State.DIFFERENT, most, apart)


def _wide(array: Array) -> Array:
    import numpy as np

    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _step(dtype: Any) -> float:
    """The distance from 1 to the next number; 0 for whole numbers, which are never rounded."""
    import ml_dtypes

    try:
        return float(ml_dtypes.finfo(dtype).eps)
    except ValueError:
        return 0.0
