"""Sparse tensors: the elements that they stand for."""

from dataclasses import dataclass
from math import prod
from typing import Any

from parity.adapters._elements import Strided
from parity.store import Absent, Elements

LARGEST = 1 << 30
"""Bytes that a sparse tensor may stand for."""


def zeros(shape: tuple[int, ...], dtype: Any) -> Any:
    """An array of zeros.

    Raises:
        Absent: it would be larger than a sparse tensor may be.
    """
    import numpy as np

    if prod(shape) * dtype.itemsize > LARGEST:
        cause = "it is sparse, and its dense form is too large"
        raise Absent(cause, found=f"the shape {shape} of {dtype}")
    return np.zeros(shape, dtype)


def check_places(places: Any, size: int) -> None:
    """Make sure that all indices are within an axis.

    Raises:
        Absent: they are not.
    """
    if places.dtype.kind not in "iu" or (places.size and not 0 <= places.min() <= places.max() < size):
        raise Absent("its indices are outside its shape", remedy="save it again")


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A tensor of which some elements are stored, with a column of indices for each; those of one place are added up.

    Attributes:
        indices: of the shape (axes, count).
        values: of the shape (count, sizes of the axes that have no indices).
        shape: of the whole.
    """

    indices: Strided
    values: Elements
    shape: tuple[int, ...]

    def read(self) -> Any:
        """The whole tensor.

        Raises:
            Absent: it is too large, or indices, values and shape do not fit together.
            OSError: a file cannot be read.
        """
        return written_out(self.indices.read(), self.values.read(), self.shape)


def written_out(indices: Any, values: Any, shape: tuple[int, ...]) -> Any:
    """The tensor that some elements of it stand for; attributes of ``Coordinates`` tell of the arguments.

    Raises:
        Absent: it is too large, or indices, values and shape do not fit together.
    """
    import numpy as np

    axes = len(indices) if indices.ndim == 2 else -1  # axes and count
    if axes < 0 or axes > len(shape) or values.shape != (indices.shape[1], *shape[axes:]):
        found = f"{indices.shape} indices and {values.shape} values for the shape {shape}"
        raise Absent("its indices and values do not match", found=found, remedy="save it again")
    for places, size in zip(indices, shape, strict=False):
        check_places(places, size)
    whole = zeros(shape, values.dtype)
    np.add.at(whole, tuple(indices), values)
    return whole
