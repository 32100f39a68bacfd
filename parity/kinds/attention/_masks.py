"""Masks of attention that are fixed: what they let through, in a word."""

from hashlib import blake2b
from typing import Any

from parity.graph.diagonals import compressed, each, elementwise, once

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
    """``all``, ``causal`` for the lower triangle, a band of diagonals by its edges, else a mark of its own.

    Args:
        lets: an array of truth values whose last axes are queries and keys.
    """
    import numpy as np

    rows = once(lets) if lets.ndim >= 2 else lets.reshape(1, -1)
    if bool(rows.all()):
        return ALL
    # One row stands for all queries and one column for all keys, which no diagonal tells.
    along = compressed(rows) if 1 not in rows.shape[-2:] else None
    if along is not None:
        return _band(along, rows.shape[-2:])
    rows = rows.reshape(-1, *rows.shape[-2:])
    if bool((rows == rows[:1]).all()):
        rows = rows[:1]
    return blake2b(np.packbits(rows).tobytes() + repr(rows.shape).encode(), digest_size=6).hexdigest()


def _band(lets: Any, shape: tuple[int, ...]) -> str:
    """How far ahead of a query the keys are that it sees; a mark of its own where these are no one stretch.

    Args:
        lets: whether keys are seen, from the one that is furthest behind.
        shape: how many queries and keys there are.
    """
    import numpy as np

    (places,) = lets.nonzero()
    if not len(places) or len(places) <= places[-1] - places[0]:
        return blake2b(np.packbits(lets).tobytes() + repr(shape).encode(), digest_size=6).hexdigest()
    first, last = (int(place) - (shape[0] - 1) for place in (places[0], places[-1]))
    if first <= 1 - shape[0] and last == 0:
        return CAUSAL
    start = "" if first <= 1 - shape[0] else str(first)
    end = "" if last >= shape[1] - 1 else str(last)
    return f"keys {start}..{end}"


def marked(pattern: str, numbers: Any) -> dict[str, Any]:
    """The attributes of a sum with a fixed mask, which is compared by what it lets through, and keeps its numbers."""
    told = {"function": "add", "operand": f"{MARK}{pattern}"}
    return told if pattern in {ALL, CAUSAL} else {**told, "mask": numbers}


def is_stored_mask(array: Any) -> bool:
    """Whether an array holds nothing but zeros and what is far below them, as weights never do."""
    array = each(array)
    low = array <= UNLIKELY
    return bool(low.any() and (low | (array == 0)).all())


def holds_truth_values(array: Any) -> bool:
    """Whether an array holds zeros and ones, both of them and nothing else: what was a mask of truth values."""
    array = each(array)
    ones = array == 1
    return bool(ones.any() and not ones.all() and (ones | (array == 0)).all())


def in_scores(array: Any) -> str | None:
    """The pattern of a mask that is added to what a softmax is taken of; None for an array of other numbers.

    Rows in which everything is blocked are uniform where the numbers are finite, and none at all where they are not.
    """
    found = added(array)
    if found is not None or not is_stored_mask(array):
        return found
    lets, numbers = elementwise(_is_zero, once(array) if array.ndim >= 2 else array), each(array)
    low = numbers[numbers != 0]
    least, most = float(low.min()), float(low.max())
    if most <= NEGLIGIBLE and bool(lets.any(-1).all()):
        return pattern(lets)
    return f"{pattern(lets)} of {least:.6g}" if least == most else None


def _is_zero(array: Any) -> Any:
    return array == 0


def _blocks(array: Any) -> Any:
    """Where adding an array blocks; half precision cannot hold the number to compare with."""
    return (array.astype("float32") if array.dtype == "float16" else array) <= BLOCKED


def added(array: Any) -> str | None:
    """The pattern of a mask that is added; None for an array that holds more than zeros and what blocks."""
    numbers = each(array)
    return pattern(elementwise(_is_zero, array)) if bool(((numbers == 0) | _blocks(numbers)).all()) else None
