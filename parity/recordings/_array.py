"""Arrays of numbers in ``.npz`` files, read without pickles and without believing what a file says of its sizes."""

import io
import zipfile
from math import prod
from typing import Any, cast

from parity.errors import UsageError
from parity.recordings._contract import Array

MOST_BYTES = 4 << 30
"""Of one array."""

DAMAGED = (zipfile.BadZipFile, OSError, ValueError, EOFError, KeyError, TypeError, RuntimeError, NotImplementedError)
"""What zipfile and numpy raise for damaged archives."""

PLAIN = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Compressions that numpy writes."""


def read_array(where: str, info: zipfile.ZipInfo) -> Array:
    """An array of numbers; nothing is allocated that the file does not hold.

    Raises:
        UsageError: it is none, or damaged.
    """
    import numpy as np

    name = info.filename.removesuffix(".npy")
    if info.compress_type not in PLAIN:
        raise _refused(where, f"{name!r:.80} is compressed in a way that numpy does not write")
    if info.file_size > MOST_BYTES:
        raise _refused(where, f"{name!r:.80} has {info.file_size:,} bytes, and at most {MOST_BYTES:,} are read")
    try:
        with zipfile.ZipFile(where) as archive, archive.open(info) as member:
            head = _Counted(cast("io.BufferedIOBase", member))
            shape, in_columns, dtype = _header(head)
            size = prod(shape) * dtype.itemsize
            if dtype.kind not in "fiubc":
                raise _refused(where, f"{name!r:.80} holds {dtype}, which is no type of numbers")
            if size != info.file_size - head.count:
                raise _refused(where, f"{name!r:.80} does not hold as many numbers as it tells")
            found = np.frombuffer(member.read(size), dtype)
    except DAMAGED as error:
        raise _refused(where, f"{name!r:.80} cannot be read: {error}") from error
    return found.reshape(shape, order="F" if in_columns else "C")


class _Counted:
    """A stream that knows how much of it was read."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self.stream, self.count = stream, 0

    def read(self, size: int = -1) -> bytes:
        found = self.stream.read(size)
        self.count += len(found)
        return found


def _header(stream: Any) -> tuple[tuple[int, ...], bool, Any]:
    import numpy as np

    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    version = np.lib.format.read_magic(stream)
    if version not in readers:
        raise ValueError(f"its version {version} is not known")
    return readers[version](stream)


def _refused(where: str, cause: str) -> UsageError:
    return UsageError(f"cannot use the data {where!r}", cause, remedy="write them with numpy.savez(FILE, name=array)")
