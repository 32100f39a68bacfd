"""A file elsewhere, as readers see it: it answers to what they ask of a path."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Literal, overload
from urllib.parse import quote

from parity.adapters.remote._cache import BLOCK
from parity.adapters.remote._site import FURTHEST, Missing, RemoteFile, Site

BUFFER = 1 << 13


@dataclass(frozen=True, slots=True)
class State:
    """What ``os.stat_result`` tells of files here."""

    st_size: int
    st_mtime_ns: int
    """A number that stands for the version of the file."""


@dataclass(frozen=True, slots=True)
class RemotePath:
    """A file or folder elsewhere; all of these have one ``site``, so that what is known of it is known once.

    Attributes:
        site: where it is.
        key: its name there.
    """

    site: Site
    key: str

    def __str__(self) -> str:
        """The address, for people."""
        return self.site.shown(self.key)

    def __truediv__(self, name: str) -> "RemotePath":
        """What lies in it under a name, every character of which is meant as it stands."""
        folder = self._path.rstrip("/")
        return RemotePath(self.site, f"{folder}/{quote(name)}" if folder else quote(name))

    @property
    def name(self) -> str:
        """The last part."""
        return PurePosixPath(str(self)).name

    @property
    def suffix(self) -> str:
        """The ending of its name."""
        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> "RemotePath":
        """The folder that it is in."""
        return RemotePath(self.site, self._path.rpartition("/")[0])

    def with_name(self, name: str) -> "RemotePath":
        """Another file of its folder."""
        return self.parent / name

    def exists(self) -> bool:
        """Whether there is a file or folder.

        Raises:
            Unreached: it cannot be told.
        """
        return self.is_file() or self.is_dir()

    def is_dir(self) -> bool:
        """Whether it is a folder that the site lists.

        Raises:
            Unreached: it cannot be told.
        """
        return not self.is_file() and bool(self.site.names(self._path))

    def is_file(self) -> bool:
        """Whether it is a file.

        Raises:
            Unreached: it cannot be told.
        """
        if self.site.lists(self.key):
            return True
        try:
            self.site.file(self.key)
        except Missing:
            return False
        return True

    def iterdir(self) -> Iterator["RemotePath"]:
        """The files in it.

        Raises:
            Unreached: it cannot be told.
        """
        return (self / name for name in self.site.names(self.key))

    def stat(self) -> State:
        """Size and version.

        Raises:
            Unreached: there is no such file, or it cannot be had.
        """
        return _state(self.site.file(self.key))

    @overload
    def open(self, mode: Literal["rb"], buffering: Literal[0]) -> "RawRemote": ...
    @overload
    def open(self, mode: Literal["rb"], buffering: Literal[-1] = -1) -> BinaryIO: ...
    def open(self, mode: str, buffering: int = -1) -> Any:  # noqa: ARG002  nothing but reading
        """It as a file to read from.

        Raises:
            Unreached: there is no such file, or it cannot be had.
        """
        raw = RawRemote(self, self.site.file(self.key))
        return raw if buffering == 0 else io.BufferedReader(raw, BUFFER)

    def read_bytes(self) -> bytes:
        """All of it.

        Raises:
            Unreached: there is no such file, or it cannot be had.
        """
        with self.open("rb") as file:
            return file.read()

    def fetched(self) -> Path:
        """All of it, as a file on this machine.

        Raises:
            Unreached: there is no such file, it cannot be had, or is too large.
        """
        return self.site.file(self.key).fetched()

    @property
    def _path(self) -> str:
        return self.key.partition("?")[0]


class RawRemote(io.RawIOBase):
    """A file elsewhere that is open; where it is read on and on, more is fetched at a time."""

    def __init__(self, path: RemotePath, file: RemoteFile) -> None:
        """Begin at the beginning."""
        super().__init__()
        self.path = path
        self._file = file
        self._at = 0
        self._last = -1
        self._further = 0

    @property
    def state(self) -> State:
        """Size and version."""
        return _state(self._file)

    def fetched(self) -> Path:
        """All of it, as a file on this machine.

        Raises:
            Unreached: it cannot be had, or is too large.
        """
        return self._file.fetched()

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be sought."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move."""
        self._at = max(0, {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size}[whence] + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read as much as fits into a buffer.

        Raises:
            Unreached: it cannot be had, or the file has changed.
        """
        view = memoryview(buffer).cast("B")
        view = view[: max(0, self._file.size - self._at)]
        self._further = min(max(BLOCK, 2 * self._further), FURTHEST) if self._at == self._last else 0
        if len(view):
            self._file.fill(self._at, view, self._further)
        self._at += len(view)
        self._last = self._at
        return len(view)


def _state(file: RemoteFile) -> State:
    return State(file.size, int.from_bytes(sha256(file.tag.encode()).digest()[:7]))
