"""The tar of PyTorch before 0.2: storages and tensors are files of their own, and the pickle names them by number.

Only the plain headers of the tar are read, so that no extended header can ask for memory.
"""

import io
import struct
from typing import Any, BinaryIO

from parity.adapters.torch._dtypes import BITS, STORAGES
from parity.adapters.torch._pickles import BrokenPickle, load
from parity.adapters.torch._rebuilds import MOST_AXES, call
from parity.adapters.torch._records import Asked, Global, Storage

TAR = b"ustar"
TAR_AT = 257
BLOCK = 512
MOST_MEMBERS = 64


class MissingElements(ValueError):
    """Fewer bytes of elements than the pickle says."""


def members(file: BinaryIO) -> dict[str, tuple[int, int]]:
    """Where the files in a tar begin and end; as far as its headers can be read."""
    found: dict[str, tuple[int, int]] = {}
    place, size = 0, file.seek(0, io.SEEK_END)
    while place + BLOCK <= size and len(found) < MOST_MEMBERS:
        file.seek(place)
        header = file.read(BLOCK)
        digits = header[124:136].strip(b"\0 ")
        if header[TAR_AT : TAR_AT + len(TAR)] != TAR or not digits.isdigit():
            break
        begin = place + BLOCK
        end = begin + int(digits, 8) if not digits.strip(b"01234567") else size + 1
        if end > size:
            break
        found[header[:100].rstrip(b"\0").decode("latin-1").removeprefix("./")] = (begin, end)
        place = begin + -(-(end - begin) // BLOCK) * BLOCK
    return found


def read_tar(file: BinaryIO, asked: Asked) -> Any:
    """Read what was saved.

    Raises:
        ValueError: a file in the tar is missing, or is not laid out like that.
    """
    places = members(file)
    try:
        found = _storages(file, *places["storages"], asked)
        _tensors(file, places["tensors"][0], found)
        file.seek(places["pickle"][0])
        asked.persistent = found
        return load(file, asked)
    except (KeyError, TypeError, AttributeError, struct.error) as error:
        raise BrokenPickle(f"{type(error).__name__}: {error}") from error


def _storages(file: BinaryIO, begin: int, end: int, asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = {}
    file.seek(begin)
    for _ in range(load(file, Asked())):
        number, _, kind = load(file, Asked())
        dtype = STORAGES[kind.name]
        count = struct.unpack("<q", file.read(8))[0]
        size = count * BITS[dtype] // 8
        if count < 0 or file.tell() + size > end:
            raise MissingElements(f"{end - file.tell():,} of the {size:,} bytes of the storage {number}")
        asked.places[str(number)] = file.tell(), size
        file.seek(size, io.SEEK_CUR)
        found[str(number)] = Storage(str(number), dtype, size)
    for target, root, offset, count in load(file, Asked()):
        whole = found[str(root)]
        width = BITS[whole.dtype] // 8
        found[str(target)] = Storage(whole.key, whole.dtype, count * width, whole.start + offset * width)
    return found


def _tensors(file: BinaryIO, begin: int, found: dict[str, Any]) -> None:
    file.seek(begin)
    for _ in range(load(file, Asked())):
        number, storage, _ = load(file, Asked())
        axes = struct.unpack("<i4x", file.read(8))[0]
        if not 0 <= axes <= MOST_AXES:
            raise BrokenPickle(f"a tensor of {axes} axes")
        sizes, strides = (struct.unpack(f"<{axes}q", file.read(8 * axes)) for _ in range(2))
        (offset,) = struct.unpack("<q", file.read(8))
        view = (found[str(storage)], offset, sizes, strides)
        found[str(number)] = call(Global("torch._utils", "_rebuild_tensor"), view)
