"""A tensor's elements row by row, a stretch at a time: what is compared need not fit into memory at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Self

from parity.store import TensorStore
from parity.transfer._expression import Expression, Reshape, Take

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

STRETCH = 1 << 20
"""Elements that are read at once."""

SLAB = 1 << 16
"""Elements that are calculated with at once: as many as a processor's cache holds in double precision."""


@dataclass(frozen=True)
class Flat:
    """Elements of one tensor.

    Attributes:
        shape: the sizes.
        dtype: the type of an element.
        stretch: gives the elements from a place on, row by row, as many as are asked for.
        whole: gives all of them, in their shape.
    """

    shape: tuple[int, ...]
    dtype: Any
    stretch: Callable[[int, int], Array]
    whole: Callable[[], Array]

    @property
    def size(self) -> int:
        """How many there are."""
        return prod(self.shape)

    @classmethod
    def of(cls, array: Array) -> Self:
        """Those of an array."""
        rows = array.reshape(-1)
        return cls(array.shape, array.dtype, lambda start, count: rows[start : start + count], lambda: array)

    @classmethod
    def made(cls, value: Expression, store: TensorStore) -> Self:
        """Those of an expression; a large tensor that is taken as it is stored is read in stretches.

        Raises:
            UnreadableTensor: they are not there, or are damaged.
        """
        taken = value.parts[0] if isinstance(value, Reshape) else value
        if not isinstance(taken, Take) or not store.has_stretches(taken.name):
            return cls.of(value.array(store.read))
        name = taken.name
        stretch = store.stretch(name, 0, 0)
        return cls(
            value.shape,
            stretch.dtype,
            lambda start, count: store.stretch(name, start, count),
            lambda: value.array(store.read),
        )


def stretches(*tensors: Flat) -> Iterator[tuple[Array, ...]]:
    """Tensors of one size side by side, stretch by stretch."""
    size = tensors[0].size
    for start in range(0, size, STRETCH):
        yield tuple(each.stretch(start, min(STRETCH, size - start)) for each in tensors)


def slabs(*tensors: Flat) -> Iterator[tuple[Array, ...]]:
    """Tensors of one size side by side in double precision, a few elements at a time."""
    for parts in stretches(*tensors):
        for start in range(0, len(parts[0]), SLAB):
            yield tuple(wide(part[start : start + SLAB]) for part in parts)


def wide(array: Array) -> Array:
    """In double precision; a complex number is two, one after the other."""
    import numpy as np

    if array.dtype.kind == "c":
        return np.ascontiguousarray(array, np.complex128).view(np.float64)
    return array.astype(np.float64)
