"""Masks of attention that are fixed: what they let through, in a word."""

from hashlib import blake2b
from typing import Any

MARK = "mask:"
"""How an operand is told that is a fixed mask which is added: what it lets through follows."""

ALL, CAUSAL = "all", "causal"
BLOCKED = -1e30
"""What is added to block: minus infinity, or the least number that a type has."""

MATRIX = 2


def pattern(lets: Any) -> str:
    """``all``, ``causal`` for the lower triangle, else a mark of its own.

    Args:
        lets: an array of truth values whose last axes are queries and keys.
    """
    import numpy as np

    if bool(lets.all()):
        return ALL
    rows = lets.reshape(-1, *lets.shape[-MATRIX:]) if lets.ndim >= MATRIX else lets.reshape(1, 1, -1)
    if bool((rows == rows[:1]).all()):
        rows = rows[:1]
        if bool((rows[0] == np.tril(np.ones(rows.shape[1:], "bool"))).all()):
            return CAUSAL
    return blake2b(np.packbits(rows).tobytes() + repr(rows.shape).encode(), digest_size=6).hexdigest()


def added(array: Any) -> str | None:
    """The pattern of a mask that is added; None for an array that holds more than zeros and what blocks."""
    lets = array == 0
    return pattern(lets) if bool((lets | (array <= BLOCKED)).all()) else None
