"""Where the elements of tensors are whose storages have been found in a file."""

from collections.abc import Mapping
from dataclasses import replace

from parity.adapters._bytes import Bytes
from parity.adapters._elements import NotThere, Strided
from parity.adapters._sparse import Coordinates
from parity.adapters.torch._compressed import Compressed
from parity.adapters.torch._dtypes import INTEGERS
from parity.adapters.torch._records import Sparse, View
from parity.store import Elements

UNTOLD = NotThere("the file does not record where its elements are", "save it as a plain tensor")
LOST = NotThere("the elements of its storage are not in the file", "save it again")

COO = "sparse_coo"


def placed(view: View | Sparse | Elements | None, sources: Mapping[str, Bytes], order: str) -> Elements:
    """Where the elements of a tensor are.

    Args:
        view: what it sees of a storage.
        sources: the storages by key.
        order: of the bytes of an element.
    """
    if isinstance(view, Sparse):
        parts = [_strided(each, sources, order) for each in view.parts]
        found = [each for each in parts if isinstance(each, Strided)]
        if len(found) != len(parts):
            return LOST
        if view.layout == COO and len(found) == 2:  # indices and values
            return Coordinates(found[0], found[1], view.shape)
        return Compressed(view.layout, tuple(found), view.shape)
    return _strided(view, sources, order) if isinstance(view, View) else view or UNTOLD


def _strided(view: View, sources: Mapping[str, Bytes], order: str) -> Elements:
    source = sources.get(view.key)
    if source is None:
        return LOST
    dtype = INTEGERS.get(view.dtype, view.dtype)
    steps = view.strides
    found = Strided(source, dtype, view.shape, steps, view.start, order, view.conjugate, view.negative)
    rows = replace(found, strides=None)
    return rows if rows.steps() == steps else found
