"""Numbers that are the same along each diagonal, as masks of attention are: told by as many as there are diagonals.

A mask says by how far a key is ahead of a query whether that query sees it. One of 8,192 steps has 67 million elements,
and all that it says are 16,383 numbers, most of which are equal.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from math import prod
from typing import Any

LEAST = 1 << 12
"""Arrays of fewer elements are no burden, and are written out."""

ROWS = 1 << 10
"""So many rows are compared at once with those above them."""


@dataclass(frozen=True, slots=True)
class Diagonals:
    """An array of which each element depends on nothing but how far its column is ahead of its row.

    Attributes:
        shape: rows and columns are the last two axes; along those before nothing changes.
        runs: the numbers of the diagonals and how many have each of them, from the lower left corner to the upper
            right one.
    """

    shape: tuple[int, ...]
    runs: tuple[tuple[float, int], ...]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:  # noqa: FBT001  numpy calls it so
        """A view of the diagonals that takes no memory for the elements."""
        import numpy as np

        numbers = np.repeat([number for number, _ in self.runs], [count for _, count in self.runs])
        found = spread(numbers if dtype is None else numbers.astype(dtype), self.shape)
        return found.copy() if copy else found

    def __str__(self) -> str:
        """How many numbers there are, and what they are along the diagonals."""
        told = ", ".join(f"{number:.7g} on {count:,}" for number, count in self.runs[:3])
        return f"{prod(self.shape):,} values along diagonals: {told}{' ...' if len(self.runs) > 3 else ''}"

    def numbers(self) -> Iterator[float]:
        """Each number that stands in it, once for each run of diagonals."""
        return (number for number, _ in self.runs)


def diagonals(array: Any) -> Diagonals | None:
    """An array as numbers along its diagonals; None for a small one and for others."""
    if array.size < LEAST or array.dtype.kind not in "biuf" or min(array.shape[-2:]) == 1:
        return None
    found = compressed(array)
    return diagonals_of(found, array.shape) if found is not None else None


def diagonals_of(numbers: Any, shape: tuple[int, ...]) -> Diagonals:
    """What has these numbers on its diagonals, the lowest first."""
    grouped = groupby(numbers.astype("float64").tolist())
    return Diagonals(tuple(shape), tuple((number, sum(1 for _ in same)) for number, same in grouped))


def spread(numbers: Any, shape: tuple[int, ...]) -> Any:
    """The array that has these numbers on its diagonals, the lowest first, as a view that cannot be written to."""
    from numpy.lib.stride_tricks import as_strided

    (step,) = numbers.strides
    strides = (*(0,) * (len(shape) - 2), -step, step)
    return as_strided(numbers[shape[-2] - 1 :], shape, strides, writeable=False)


def compressed(array: Any) -> Any:
    """The numbers on the diagonals of an array, the lowest first; None where they change along one."""
    import numpy as np

    if array.ndim < 2 or not array.size:
        return None
    if not is_view(array) and not _is_along_diagonals(array):
        return None
    block = array[(0,) * (array.ndim - 2)]
    return np.concatenate([block[:0:-1, 0], block[0]])


def is_view(array: Any) -> bool:
    """Whether the elements along a diagonal are one and the same in memory, and those along the axes before, too."""
    if array.ndim < 2:
        return False
    row, column = array.strides[-2:]
    repeats = all(size == 1 or step == 0 for size, step in zip(array.shape[:-2], array.strides[:-2], strict=True))
    return repeats and (row == -column or 1 in array.shape[-2:])


def once(array: Any) -> Any:
    """An array without what only repeats it along the axes before rows and columns, which keep one element."""
    front = zip(array.shape[:-2], array.strides[:-2], strict=True)
    return array[tuple(slice(0, 1) if step == 0 else slice(None) for _, step in front)]


def elementwise(function: Callable[..., Any], *arrays: Any) -> Any:
    """What a function of each element makes of arrays, computed once for all elements that are one in memory."""
    first = arrays[0]
    if all(is_view(each) and each.shape == first.shape for each in arrays):
        return spread(function(*map(compressed, arrays)), first.shape)
    return function(*arrays)


def each(array: Any) -> Any:
    """The elements of an array, those once that are one in memory."""
    return compressed(array) if is_view(array) else array


def _is_along_diagonals(array: Any) -> bool:
    """Whether each row continues the one above, which most arrays show in their first two."""
    import numpy as np

    array = once(array)
    first = array[(0,) * (array.ndim - 2)]
    if not (first[1:2, 1:] == first[:1, :-1]).all():
        return False
    for at in range(0, len(first) - 1, ROWS):
        below = first[at + 1 : at + ROWS + 1]
        if not (below[:, 1:] == first[at : at + len(below), :-1]).all():
            return False
    return all(bool((array[place] == first).all()) for place in np.ndindex(array.shape[:-2]) if any(place))
