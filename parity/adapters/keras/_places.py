"""Where HDF5's own code says that the elements of a dataset are, and what it unpacks; for the process of its own."""

from math import prod
from typing import Any, NamedTuple

from parity.adapters.keras._h5 import Group
from parity.adapters.keras._store import type_of
from parity.errors import UnreadableModel


class Place(NamedTuple):
    """Where the elements of a dataset are.

    Attributes:
        address: the first byte of elements that are in one stretch, just as numpy has them; -1 for others.
        order: the byte order of such elements.
        width: bytes of an element.
        stored: bytes that all elements take in the file, packed as they are.
    """

    shape: tuple[int, ...]
    dtype: str
    address: int
    order: str
    width: int
    stored: int


def place_of(root: Group, path: str) -> Place | str:
    """The place of a dataset, or why there is none."""
    try:
        dataset = root.dataset(path)
    except UnreadableModel as error:
        return error.cause
    kind = dataset.get_type()
    shape = tuple(int(each) for each in dataset.shape or ())
    stored, width = int(dataset.get_storage_size()), int(kind.dtype.itemsize)
    address = dataset.get_offset() if _is_plain(kind) and stored == prod(shape) * width else None
    order = "big" if kind.dtype.byteorder == ">" else "little"
    return Place(shape, type_of(dataset, {}), -1 if address is None else int(address), order, width, stored)


def _is_plain(kind: Any) -> bool:
    """Whether the bytes of an element are those that numpy has."""
    from h5py import h5t

    return kind.get_class() == h5t.OPAQUE or bool(h5t.py_create(kind.dtype, logical=True).equal(kind))


def unpacked(dataset: Any, rows: tuple[int, int]) -> bytes:
    """Some rows of a dataset, or all of one that has no axes."""
    import h5py
    import numpy as np

    found = np.asarray(h5py.Dataset(dataset)[slice(*rows) if dataset.shape else ()])
    if found.dtype.hasobject:
        raise TypeError("its elements are not numeric")
    return np.ascontiguousarray(found, found.dtype.newbyteorder("=")).tobytes()
