"""The elements of the variables in an HDF5 file of Keras: read in place where they are in one stretch."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from parity.adapters._archive import Member
from parity.adapters._bytes import CHANGED, READ_AGAIN, File, Held, Range, opened
from parity.adapters._elements import NotThere, Strided, element_type, typed
from parity.adapters.keras._hdf5 import all_datasets
from parity.adapters.keras._isolated import elements, places
from parity.adapters.keras._places import Place
from parity.errors import UnreadableModel
from parity.graph import Weight
from parity.store import Absent, Elements, TensorStore

SMALL = 1 << 20
MOST_TIMES = 1100
"""How many times its size a dataset of more than ``SMALL`` bytes may unpack to: no deflated zeros shrink more."""

LARGEST = 1 << 30
"""Bytes of a dataset that is packed."""

SLAB = 32 << 20
"""Bytes that are unpacked at once."""

MERGED = NotThere(
    "the file holds a low-rank adapter merged into the kernel beside it, and no adapter", "pass the live model"
)
AGAIN = "copy or save the model again"


class Hdf5:
    """An HDF5 file: where its datasets are is found out when the first is asked for."""

    def __init__(self, source: Range | Member, where: str, paths: Iterable[str]) -> None:
        """``where`` is the model as the user named it, ``paths`` are those of the datasets that may be asked for."""
        self.source = source
        self._where = where
        self._paths = (*dict.fromkeys(paths),)
        self._places: Mapping[str, Place | str] | None = None

    def read(self, path: str) -> Any:
        """The elements of a dataset.

        Raises:
            Absent: they are not there, or damaged.
            OSError: the file cannot be read.
        """
        source = self.source.located() if isinstance(self.source, Member) else self.source
        try:
            if self._places is None:
                self._places = self._found(source)
            place = self._places.get(path, f"its {path!r} is missing")
            if isinstance(place, str):
                raise Absent(place, remedy=AGAIN)
            if place.address >= 0 or not prod(place.shape):
                return Strided(source, place.dtype, place.shape, None, max(0, place.address), place.order).read()
            return self._unpacked(source, path, place)
        except UnreadableModel as error:
            raise Absent(error.cause, found=error.found, remedy=error.remedy) from error

    def _found(self, source: Range | Held) -> Mapping[str, Place | str]:
        with opened(source) as file:
            listed = all_datasets(file)
        if listed is not None and all(path in listed and listed[path].address >= 0 for path in self._paths):
            return {path: Place(*listed[path], 0, 0) for path in self._paths}
        return places(source, self._where, self._paths)

    def _unpacked(self, source: Range | Held, path: str, place: Place) -> Any:
        """The elements that only HDF5 itself knows how to find, some rows at a time."""
        import numpy as np

        dtype = element_type(place.dtype)
        size = prod(place.shape) * dtype.itemsize
        if size > LARGEST or (size > SMALL and size > MOST_TIMES * place.stored) or dtype.itemsize != place.width:
            packed = f"{place.stored:,} bytes that unpack to {size:,}"
            raise Absent(
                "its elements are compressed, and implausibly large", found=packed, remedy="save it without compression"
            )
        rows = place.shape[0] if place.shape else 1
        step = max(1, SLAB * rows // size)
        data = np.empty(size, np.uint8)
        for first in range(0, rows, step):
            last = min(first + step, rows)
            part = elements(source, self._where, path, (first, last))
            if len(part) != size // rows * (last - first):
                raise Absent("it does not have as many elements as its shape says", remedy=AGAIN)
            data[size // rows * first : size // rows * last] = np.frombuffer(part, np.uint8)
        if isinstance(source, Range) and source.file != File.at(source.file.path):
            raise Absent(CHANGED, remedy=READ_AGAIN)
        return typed(data, dtype, sys.byteorder).reshape(place.shape)


@dataclass(frozen=True, slots=True)
class Dataset:
    """The elements of one dataset."""

    file: Hdf5
    path: str

    def read(self) -> Any:
        """The array.

        Raises:
            Absent: it is not there, or damaged.
            OSError: the file cannot be read.
        """
        return self.file.read(self.path)


def hdf5_store(source: Range | Member, where: str, weights: Mapping[str, Weight]) -> TensorStore:
    """The elements of weights whose storages are the paths of datasets.

    Args:
        source: the HDF5 file.
        where: the model, as the user named it.
        weights: by name.
    """
    stored = {each.storage for each in weights.values()}
    stored -= {path for path in stored if path.rpartition("/")[0] in stored}
    file = Hdf5(source, where, stored)
    found: dict[str, Elements] = {
        name: Dataset(file, each.storage) if each.storage in stored else MERGED for name, each in weights.items()
    }
    return TensorStore(where, found, shapes={name: each.shape for name, each in weights.items()})
