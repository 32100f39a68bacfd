"""How two tensors that ought to be one compare."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf, isinf

from parity.transfer._flat import Flat, stretches
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
    """

    state: State
    max_abs: float = 0.0
    rel_l2: float = 0.0
    tally: Tally | None = None


def distance(left: Flat, right: Flat, rtol: float, *, scale: float | None = None) -> Distance:
    """Compare two tensors of one shape.

    Args:
        left: what is expected.
        right: what there is.
        rtol: by how much of the largest element others may be off.
        scale: where one was calculated, the largest number that came up in that: rounding is in proportion to it.
    """
    import numpy as np

    if left.dtype == right.dtype and all(np.array_equal(mine, theirs) for mine, theirs in stretches(left, right)):
        return Distance(State.SAME)
    rounding = max(Rounding.of(left.dtype), Rounding.of(right.dtype))
    tally = Tally.of(left, right, rounding)
    if isinf(tally.most):
        return Distance(State.DIFFERENT, inf, inf, tally)
    if not tally.most:
        return Distance(State.SAME)
    calculated = scale is not None and tally.most <= LAST_PLACES * rounding.step * max(scale, tally.largest)
    near = State.CLOSE if tally.most <= rtol * tally.largest else State.DIFFERENT
    state = State.ROUNDED if calculated or tally.within else near
    return Distance(state, tally.most, tally.apart, tally)
