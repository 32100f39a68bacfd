"""The elements of a tensor as an array: a view of bytes with a type, a shape and strides."""

import sys
from dataclasses import dataclass
from math import prod
from typing import Any

from parity.adapters._bytes import Bytes
from parity.store import Absent

PLAIN = frozenset(
    (
        "bool",
        "complex64",
        "complex128",
        *(f"float{bits}" for bits in (16, 32, 64)),
        *tuple(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
    )
)
"""Types that numpy has, under the same names."""

MOST_AXES = 64
"""No array of numpy has more."""


def element_type(name: str) -> Any:
    """The ``numpy.dtype`` of a type of elements.

    Raises:
        Absent: neither numpy nor ``ml_dtypes`` has it.
    """
    import numpy as np

    if name in PLAIN:
        return np.dtype(name)
    import ml_dtypes

    if name.startswith(("bfloat", "float", "int", "uint")) and hasattr(ml_dtypes, name):
        return np.dtype(getattr(ml_dtypes, name))
    raise Absent("its elements have a type that numpy does not know", found=name or "none")


def typed(data: Any, dtype: Any, order: str) -> Any:
    """The elements that some bytes are, in the byte order of this machine.

    Args:
        data: a one-dimensional array of ``uint8``, which may be changed.
        dtype: the type of the elements.
        order: of the bytes of each, ``little`` or ``big``.
    """
    import numpy as np

    if dtype == np.dtype(bool):
        return data != 0
    if order != sys.byteorder and dtype.itemsize > 1:
        word = dtype.itemsize // 2 if dtype.kind == "c" else dtype.itemsize
        data.view(np.dtype(f"u{word}")).byteswap(inplace=True)
    return data.view(dtype)


@dataclass(frozen=True, slots=True)
class NotThere:
    """A tensor whose elements its source does not hold."""

    cause: str
    remedy: str = ""

    def read(self) -> Any:
        """Say so.

        Raises:
            Absent: always.
        """
        raise Absent(self.cause, remedy=self.remedy)


@dataclass(frozen=True, slots=True)
class Strided:
    """A view of bytes.

    Attributes:
        source: the bytes.
        dtype: the name of the type of the elements, a whole number of bytes each.
        shape: the sizes.
        strides: steps between elements along each axis, in elements; None where they follow each other row by row.
        start: the first byte.
        order: of the bytes of an element, ``little`` or ``big``.
        conjugate, negative: the numbers are those of the bytes conjugated, or with the other sign.
    """

    source: Bytes
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...] | None = None
    start: int = 0
    order: str = "little"
    conjugate: bool = False
    negative: bool = False

    def read(self) -> Any:
        """The array; only the bytes from its first to its last element are read.

        Raises:
            Absent: the bytes cannot hold it, or there are none.
            OSError: a file cannot be read.
        """
        import numpy as np

        dtype = element_type(self.dtype)
        if not prod(self.shape):
            return np.empty(self.shape, dtype)
        flat = self.stretch(0, self._span())
        if self.strides is None:
            return flat.reshape(self.shape)
        steps = tuple(step * dtype.itemsize for step in self.steps())
        # Within the bytes that were read, as was just made sure of.
        return np.lib.stride_tricks.as_strided(flat, self.shape, steps, writeable=False)

    @property
    def rows(self) -> int:
        """The bytes of all elements; 0 where they do not follow each other row by row, or nobody knows their type."""
        try:
            follow = self.steps() == self._plain_steps()
            return prod(self.shape) * int(element_type(self.dtype).itemsize) if follow else 0
        except Absent:
            return 0  # reading them says what is the matter

    def stretch(self, start: int, count: int) -> Any:
        """Some of the elements as they follow each other in the bytes; only their own bytes are read.

        Raises:
            Absent: the bytes cannot hold all of the tensor, or there are none.
            OSError: a file cannot be read.
        """
        import numpy as np

        dtype = element_type(self.dtype)
        needed, size = self._span() * dtype.itemsize, self.source.size
        if self.start + needed > size:
            found = f"{needed:,} bytes from {self.start:,} on for the shape {self.shape} of {self.dtype}, of {size:,}"
            raise Absent("its shape needs more bytes than there are", found=found, remedy="copy or save it again")
        part = self.source.read(self.start + start * dtype.itemsize, count * dtype.itemsize)
        flat = typed(part, dtype, self.order)
        flat = np.conj(flat) if self.conjugate else flat
        return np.negative(flat) if self.negative else flat

    def steps(self) -> tuple[int, ...]:
        """The strides.

        Raises:
            Absent: they make no sense.
        """
        steps = self.strides
        if steps is None:
            return self._plain_steps()
        if len(steps) != len(self.shape) or min((self.start, *steps)) < 0:
            raise Absent("its strides do not fit its shape", found=f"{steps} for {self.shape}")
        return steps

    def _plain_steps(self) -> tuple[int, ...]:
        return tuple(prod(self.shape[at + 1 :]) for at in range(len(self.shape)))

    def _span(self) -> int:
        """The elements from the first to the last in the bytes."""
        return 1 + sum((size - 1) * step for size, step in zip(self.shape, self.steps(), strict=True))
