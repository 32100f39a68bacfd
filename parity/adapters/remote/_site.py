"""What all sites have in common: files by keys, each looked up once, and parts of them that are kept."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

from parity.adapters.remote._cache import BLOCK, Entry
from parity.errors import ParityError
from parity.store import Absent

LARGEST_PART = 4 << 20
"""Bytes that are kept of what is asked for at once; more than that are elements of weights, which are passed on."""

MOST_FETCHED = 2 << 30
"""Bytes of a file that is fetched as a whole, where parts of it cannot be had."""

FURTHEST = 1 << 20
"""Bytes that are fetched at a time where a file is read from one end to the other."""


class Unreached(Absent):
    """A file elsewhere that cannot be had, or a server that does not do its part."""


class Missing(Unreached):
    """There is no such file."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a site tells of a file.

    Attributes:
        size: in bytes; None where it does not say.
        tag: tells versions of the file apart, "" where nothing does.
        in_parts: whether parts of it can be had.
        head: what came with the answer of its first bytes.
    """

    size: int | None
    tag: str
    in_parts: bool = True
    head: bytes = b""


class Site(ABC):
    """A place with files, as it is found during one reading of a model; another process finds it anew."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._lock = Lock()
        self._files: dict[str, RemoteFile] = {}

    def __getstate__(self) -> dict[str, Any]:
        """What another process gets: where the files are."""
        return {name: value for name, value in self.__dict__.items() if name not in {"_lock", "_files"}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Begin with nothing known."""
        Site.__init__(self)
        self.__dict__.update(state)

    def file(self, key: str) -> "RemoteFile":
        """A file, looked up when it is first asked for.

        Raises:
            Missing: there is none.
            Unreached: it cannot be had.
        """
        with self._lock:
            found = self._files.setdefault(key, RemoteFile(self, key))
        found.look_up()
        return found

    @abstractmethod
    def shown(self, key: str) -> str:
        """A file's address for people, without anything secret."""

    @abstractmethod
    def address(self, key: str) -> str:
        """What tells the file from all others."""

    @abstractmethod
    def known(self, key: str) -> Known:
        """What there is to know of a file before it is read.

        Raises:
            Missing: there is none.
            Unreached: it cannot be had.
        """

    @abstractmethod
    def fill(self, key: str, start: int, view: memoryview, known: Known) -> None:
        """Read a part.

        Raises:
            Unreached: it cannot be had, or the file has changed.
        """

    @abstractmethod
    def fetch(self, key: str, file: BinaryIO, most: int) -> None:
        """Write all of a file to another one.

        Raises:
            Unreached: it cannot be had, or has more bytes than may be fetched.
        """

    def lists(self, key: str) -> bool:  # noqa: ARG002  most sites list nothing
        """Whether a list of files that the site has given has this one."""
        return False

    def names(self, key: str) -> Sequence[str]:  # noqa: ARG002  same
        """Names of the files in a folder; none where there is no such folder, or nobody lists it."""
        return ()


@dataclass
class RemoteFile:
    """One version of a file: its size, and its bytes from the cache or from the site."""

    site: Site
    key: str
    _lock: Lock = field(default_factory=Lock, repr=False)
    _known: Known | Absent | None = None
    _entry: Entry | None = None
    _fetched: Path | None = None

    def look_up(self) -> None:
        """Ask the site, if nobody has asked it yet."""
        with self._lock:
            if self._known is None:
                try:
                    self._known = self.site.known(self.key)
                    self._enter(self._known)
                except Absent as error:
                    self._known = error
        if isinstance(self._known, Absent):
            raise self._known

    @property
    def size(self) -> int:
        """In bytes."""
        return self._fetched.stat().st_size if self._fetched is not None else self._told.size or 0

    @property
    def tag(self) -> str:
        """What tells this version from others."""
        return self._told.tag

    def fill(self, start: int, view: memoryview, further: int = 0) -> None:
        """Read a part, which must lie within the file.

        Args:
            start: where it begins.
            view: to be filled.
            further: bytes behind it that will soon be asked for.

        Raises:
            Unreached: it cannot be had, or the file has changed.
        """
        if self._fetched is not None:
            with self._fetched.open("rb", buffering=0) as file:
                file.seek(start)
                while view:
                    done = file.readinto(view)
                    if not done:
                        raise Unreached("the cache was changed while it was read", remedy="read the model again")
                    view = view[done:]
            return
        if len(view) > LARGEST_PART:
            self.site.fill(self.key, start, view, self._told)
            return
        while view:
            begin, content = self._part(start, len(view) + further)
            piece = content[start - begin : start - begin + len(view)]
            view[: len(piece)] = piece
            start, view = start + len(piece), view[len(piece) :]

    def fetched(self) -> Path:
        """All of it, as a file on this machine.

        Raises:
            Unreached: it cannot be had, or is too large.
        """
        with self._lock:
            if self._fetched is None:
                self._fetched = self._fetch(self._told)
            return self._fetched

    @property
    def _told(self) -> Known:
        if not isinstance(self._known, Known):
            raise Unreached("the file has not been looked up yet", found=self.site.shown(self.key))
        return self._known

    def _enter(self, known: Known) -> None:
        self._entry = Entry(self.site.address(self.key), known.tag, known.size if known.size is not None else -1)
        if not known.in_parts or known.size is None:
            self._fetched = self._fetch(known)
        elif known.head and not self._entry.has(0):
            self._entry.keep(0, known.head)

    def _part(self, at: int, count: int) -> tuple[int, bytes]:
        """A part that holds a byte, and as many of those behind it as are not in the cache."""
        entry, size = self._entry, self._told.size or 0
        if entry is None:
            raise Unreached("the file has not been looked up yet", found=self.site.shown(self.key))
        first = at // BLOCK
        found = entry.part(first)
        if found is not None:
            return found
        end = first + 1
        while end * BLOCK < min(at + count, size) and not entry.has(end):
            end += 1
        content = bytearray(min(end * BLOCK, size) - first * BLOCK)
        self.site.fill(self.key, first * BLOCK, memoryview(content), self._told)
        entry.keep(first, bytes(content))
        return first * BLOCK, bytes(content)

    def _fetch(self, known: Known) -> Path:
        if self._entry is None:
            raise Unreached("the file has not been looked up yet", found=self.site.shown(self.key))
        found = self._entry.whole()
        if found is not None:
            return found
        if known.size is not None and known.size > MOST_FETCHED:
            raise too_large(self.site.shown(self.key), f"{known.size:,} bytes")
        with self._entry.keep_whole() as file:
            self.site.fetch(self.key, file, MOST_FETCHED)
        fetched = self._entry.whole()
        if fetched is None:
            raise Unreached("what was fetched is no longer in the cache", found=self.site.shown(self.key))
        return fetched


def too_large(shown: str, found: str) -> Unreached:
    """The error for a file that would have to be fetched as a whole."""
    cause = f"the whole file would have to be fetched, and at most {MOST_FETCHED:,} bytes are allowed"
    return Unreached(cause, found=f"{found} of {shown}", remedy="fetch it yourself and name the copy")


def refused(shown: str, error: Exception) -> Unreached:
    """What a library says of a file that cannot be had, in a line."""
    said = str(error) if not isinstance(error, ParityError) else error.cause
    line = next((each.strip() for each in said.splitlines() if each.strip()), type(error).__name__)
    return Unreached(
        "the file cannot be fetched", found=f"{line[:200]} for {shown}", remedy="check the address and access"
    )
