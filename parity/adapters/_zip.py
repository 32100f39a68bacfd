"""Members of a zip archive in bounded reads, and a part of a file seen as a file of its own.

``zipfile`` unpacks. The view of a stored member is written by hand, since ``zipfile`` goes back to a member's beginning
for each seek: h5py lists 676 objects of a ``.keras`` file of 103 MB in 3.7 s through it, and in 0.06 s through a view.
"""

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from parity.errors import UnreadableModel

if TYPE_CHECKING:
    from parity.adapters.remote import RawRemote

BLOCK = 1 << 12
"""Bytes of a cached block: metadata of HDF5 lies in clusters, and each miss is one small read."""
MAX_BLOCKS = 1024
SMALL = 2**20
MOST_TIMES = 100
"""How many times its size a member of more than ``SMALL`` bytes may unpack to; JSON shrinks 20 times."""

WRITTEN = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Compressions that frameworks write; unpacking LZMA may claim gigabytes for its dictionary."""

AGAIN = "copy or save the model again"

LOCAL_HEADER = struct.Struct("<26xHH")
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    UnicodeDecodeError,
)
"""What zipfile raises for truncated, encrypted or damaged archives."""


class StoredView(io.RawIOBase):
    """A byte range of a file as a read-only file, with a small cache of blocks.

    HDF5 asks for hundreds of pieces of a few bytes; through ``zipfile`` each seek would decompress from the start.
    """

    def __init__(self, file: "io.FileIO | RawRemote", start: int, size: int) -> None:
        """The range must lie within ``file``, which is kept open by the caller."""
        super().__init__()
        self._file = file
        self._start = start
        self._size = size
        self._position = 0
        self._blocks: dict[int, bytes] = {}

    @property
    def place(self) -> tuple[str, int, int]:
        """Path, start and size of the range, for another process; what is elsewhere is fetched for it."""
        path = self._file.name if isinstance(self._file, io.FileIO) else self._file.fetched()
        return str(path), self._start, self._size

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be sought."""
        return True

    def tell(self) -> int:
        """The position within the range."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move within the range."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes from the cache where they lie in one block, else from the file."""
        left = self._size - self._position
        if size < 0 or size > left:
            size = max(0, left)
        number, offset = divmod(self._position, BLOCK)
        if offset + size <= BLOCK:
            chunk = (self._blocks.get(number) or self._block(number))[offset : offset + size]
        else:
            self._file.seek(self._start + self._position)
            chunk = self._file.read(size) or b""
        self._position += len(chunk)
        return chunk

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill ``buffer`` as far as the range goes."""
        chunk = self.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _block(self, number: int) -> bytes:
        if len(self._blocks) >= MAX_BLOCKS:
            self._blocks.clear()
        self._file.seek(self._start + number * BLOCK)
        found = self._file.read(max(0, min(BLOCK, self._size - number * BLOCK))) or b""
        self._blocks[number] = found
        return found


def read_member(archive: zipfile.ZipFile, name: str, limit: int, where: str) -> bytes:
    """Read a whole member, but never more than ``limit`` bytes.

    Raises:
        UnreadableModel: it is larger than that, unpacks to many times its size, or is damaged.
    """
    info = archive.getinfo(name)
    if info.file_size > limit:
        raise UnreadableModel(where, f"its {name} is implausibly large", found=f"{info.file_size:,} bytes")
    if info.file_size > SMALL and info.file_size > MOST_TIMES * info.compress_size:
        packed = f"{info.compress_size:,} bytes that unpack to {info.file_size:,}"
        raise UnreadableModel(where, f"its {name} is implausibly large", found=packed)
    if info.compress_type not in WRITTEN:
        raise UnreadableModel(
            where,
            f"its {name} uses a compression that no framework uses",
            found=f"method {info.compress_type}",
            remedy=AGAIN,
        )
    try:
        with archive.open(name) as member:
            content = member.read(limit + 1)
    except (*BROKEN, ValueError) as error:  # ValueError: a place before the beginning of the file
        raise UnreadableModel(where, f"its {name} is damaged: {error}") from error
    if len(content) > limit:
        raise UnreadableModel(where, f"its {name} is implausibly large", found=f"more than {limit:,} bytes")
    return content
