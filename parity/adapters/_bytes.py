"""Stretches of bytes that are read when they are asked for, from files that must not have changed since."""

import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, Self

from parity.adapters._location import Location
from parity.adapters._zip import StoredView
from parity.store import Absent

CHANGED = "the file has changed since the model was read"
READ_AGAIN = "read the model again"


class Bytes(Protocol):
    """A stretch of bytes; hashable, and equal where the bytes are the same."""

    @property
    def size(self) -> int:
        """How many there are.

        Raises:
            Absent, OSError: nobody can tell.
        """

    def read(self, start: int, count: int) -> Any:
        """A part as a one-dimensional array of ``uint8`` that belongs to the caller.

        Raises:
            Absent: it is not there.
            OSError: the file cannot be read.
        """


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was when the model was read."""

    path: Location
    size: int
    changed: int
    """When it was written to, in nanoseconds."""

    @classmethod
    def at(cls, path: Location) -> Self:
        """The file at a path, as it is now.

        Raises:
            OSError: there is none.
        """
        state = path.stat()
        return cls(path, state.st_size, state.st_mtime_ns)

    def check(self, file: io.RawIOBase) -> None:
        """Make sure that it is still the same.

        Raises:
            Absent: it is not.
        """
        state = os.fstat(file.fileno()) if isinstance(file, io.FileIO) else self.path.stat()
        if (state.st_size, state.st_mtime_ns) != (self.size, self.changed):
            raise Absent(CHANGED, found=f"{state.st_size:,} bytes in {self.path.name!r}", remedy=READ_AGAIN)

    def whole(self) -> "Range":
        """All of its bytes."""
        return Range(self, 0, self.size)


@dataclass(frozen=True, slots=True)
class Range:
    """A part of a file. It is read, not mapped: a mapped file that somebody cuts off ends the process."""

    file: File
    start: int
    size: int

    def part(self, start: int, size: int) -> "Range":
        """A part of the part.

        Raises:
            Absent: it reaches over the end.
        """
        _check(self.size, start, size)
        return Range(self.file, self.start + start, size)

    def read(self, start: int, count: int) -> Any:
        """Read a part; only its own bytes are read.

        Raises:
            Absent: it lies beyond the end, or the file has changed.
            OSError: the file cannot be read.
        """
        import numpy as np

        _check(self.size, start, count)
        _check(self.file.size, self.start + start, count)
        with self.file.path.open("rb", buffering=0) as file:
            self.file.check(file)
            found = np.empty(count, np.uint8)
            left = found.data
            file.seek(self.start + start)
            while left:
                done = file.readinto(left)
                if not done:
                    raise Absent(CHANGED, found="its end in the middle of the tensor", remedy=READ_AGAIN)
                left = left[done:]
            self.file.check(file)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Bytes in memory."""

    content: bytes

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.content)

    def part(self, start: int, size: int) -> "Held":
        """A part of them.

        Raises:
            Absent: it reaches over the end.
        """
        _check(self.size, start, size)
        return Held(self.content[start : start + size])

    def read(self, start: int, count: int) -> Any:
        """A copy of a part.

        Raises:
            Absent: it lies beyond the end.
        """
        import numpy as np

        _check(self.size, start, count)
        return np.frombuffer(self.content, np.uint8, count, start).copy() if count else np.empty(0, np.uint8)


def overlapping(ranges: Iterable[Range]) -> set[Range]:
    """Those that have bytes in common with another one, though they are not the same; all are of one file."""
    found: set[Range] = set()
    last: Range | None = None
    for each in sorted({each for each in ranges if each.size}, key=lambda each: (each.start, -each.size)):
        if last is not None and each.start < last.start + last.size:
            found |= {last, each}
        if last is None or each.start + each.size > last.start + last.size:
            last = each
    return found


@contextmanager
def opened(source: Range | Held) -> Iterator[io.RawIOBase | io.BytesIO]:
    """Bytes as a file to read from.

    Raises:
        Absent: the file that they are a part of has changed.
        OSError: it cannot be read.
    """
    if isinstance(source, Held):
        yield io.BytesIO(source.content)
        return
    with source.file.path.open("rb", buffering=0) as file, StoredView(file, source.start, source.size) as view:
        source.file.check(file)
        yield view


def _check(size: int, start: int, count: int) -> None:
    if start < 0 or count < 0 or start + count > size:
        found = f"bytes {start:,} to {start + count:,} of {size:,}"
        raise Absent("its elements lie beyond the end of what holds them", found=found, remedy="save it again")
