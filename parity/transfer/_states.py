"""How two tensors that ought to be one compare."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf, isinf

from parity.transfer._flat import Flat, stretches, wide
from parity.transfer._tally import Rounding, Tally

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
        tally: what they come to; None where every number is the same.
        others: how many elements of the right are infinite or undefined.
    """

    state: State
    max_abs: float = 0.0
    rel_l2: float = 0.0
    tally: Tally | None = None
    others: int = 0


def distance(left: Flat, right: Flat, rtol: float, *, scale: float | None = None) -> Distance:
    """Compare two tensors of one shape.

    Args:
        left: what is expected.
        right: what there is.
        rtol: by how much of the largest element others may be off.
        scale: where one was calculated, the largest number that came up in that: rounding is in proportion to it.
    """
    if left.dtype == right.dtype and (others := _same(left, right)) is not None:
        return Distance(State.SAME, others=others)
    rounding = max(Rounding.of(left.dtype), Rounding.of(right.dtype))
    tally = Tally.of(left, right, rounding)
    if isinf(tally.most):
        return Distance(State.DIFFERENT, inf, inf, tally)
    if not tally.most:
        return Distance(State.SAME, others=tally.right.others)
    calculated = scale is not None and tally.most <= LAST_PLACES * rounding.step * max(scale, tally.largest)
    near = State.CLOSE if tally.most <= rtol * tally.largest else State.DIFFERENT
    state = State.ROUNDED if calculated or tally.within else near
    return Distance(state, tally.most, tally.apart, tally, tally.right.others)


def _same(left: Flat, right: Flat) -> int | None:
    """How many elements are infinite, where every number of both tensors is the same; None where one is not."""
    import numpy as np

    others = 0
    for mine, theirs in stretches(left, right):
        if not np.array_equal(mine, theirs):
            return None
        if mine.dtype.kind not in "iub":
            numbers = mine if mine.dtype.kind in "fc" else wide(mine)
            others += int(numbers.size - np.isfinite(numbers).sum())
    return others
