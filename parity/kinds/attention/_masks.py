"""Masks of attention that are fixed: what they let through, in a word."""

from hashlib import blake2b
from typing import Any

MARK = "mask:"
"""How an operand is told that is a fixed mask which is added: what it lets through follows."""

ALL, CAUSAL = "all", "causal"
BLOCKED = -1e30
"""What is added to block: minus infinity, or the least number that a type has."""

ZEROS = "zeros"
"""What a query gives that sees no key, in PyTorch's own operator since 2.5; its modules and others give no numbers."""

NEGLIGIBLE = -1e4
"""What is added to scores that are to count for nothing: their exponentials are 0 in any precision."""

UNLIKELY = -10.0
"""No bias is of numbers as low as this, and of zeros, alone."""


def pattern(lets: Any) -> str:
    """``all``, ``causal`` for the lower triangle, else a mark of its own.

    Args:
        lets: an array of truth values whose last axes are queries and keys.
    """
    import numpy as np

    if bool(lets.all()):
        return ALL
    rows = lets.reshape(-1, *lets.shape[-2:]) if lets.ndim >= 2 else lets.reshape(1, 1, -1)
    if bool((rows == rows[:1]).all()):
        rows = rows[:1]
        if bool((rows[0] == np.tril(np.ones(rows.shape[1:], "bool"))).all()):
            return CAUSAL
    return blake2b(np.packbits(rows).tobytes() + repr(rows.shape).encode(), digest_size=6).hexdigest()


def marked(pattern: str, numbers: Any) -> dict[str, Any]:
    """The attributes of a sum with a fixed mask, which is compared by what it lets through, and keeps its numbers."""
    told = {"function": "add", "operand": f"{MARK}{pattern}"}
    return told if pattern in {ALL, CAUSAL} else {**told, "mask": numbers}


def is_stored_mask(array: Any) -> bool:
    """Whether an array holds nothing but zeros and what is far below them, as weights never do."""
    low = array <= UNLIKELY
    return bool(low.any() and (low | (array == 0)).all())


def holds_truth_values(array: Any) -> bool:
    """Whether an array holds zeros and ones, both of them and nothing else: what was a mask of truth values."""
    ones = array == 1
    return bool(ones.any() and not ones.all() and (ones | (array == 0)).all())


def in_scores(array: Any) -> str | None:
    """The pattern of a mask that is added to what a softmax is taken of; None for an array of other numbers.

    Rows in which everything is blocked are uniform where the numbers are finite, and none at all where they are not.
    """
    lets = array == 0
    if bool((lets | _blocks(array)).all()):
        return pattern(lets)
    if not is_stored_mask(array):
        return None
    least, most = float(array[~lets].min()), float(array[~lets].max())
    if most <= NEGLIGIBLE and bool(lets.any(-1).all()):
        return pattern(lets)
    return f"{pattern(lets)} of {least:.6g}" if least == most else None


def _blocks(array: Any) -> Any:
    """Where adding an array blocks; half precision cannot hold the number to compare with."""
    return (array.astype("float32") if array.dtype == "float16" else array) <= BLOCKED


def added(array: Any) -> str | None:
    """The pattern of a mask that is added; None for an array that holds more than zeros and what blocks."""
    lets = array == 0
    return pattern(lets) if bool((lets | _blocks(array)).all()) else None
