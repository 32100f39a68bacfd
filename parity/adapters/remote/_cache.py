"""What was fetched, in the user's cache folder: entries with their digests, so that a damaged one is fetched anew."""

import os
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import BinaryIO, TypeAlias, cast

CACHE = "PARITY_CACHE"
"""The variable that names another folder for it."""

BLOCK = 1 << 14
"""Bytes: parts of files begin at multiples of that."""

MOST_RECENT = 64 << 20
"""Bytes that are held in memory."""

DIGEST = sha256().digest_size
WHOLE = "whole"
CHUNK = 1 << 20


def cache_folder() -> Path | None:
    """``PARITY_CACHE``, or parity's own folder among the user's caches; None where the variable is empty."""
    told = os.environ.get(CACHE)
    if told is not None:
        return Path(told) if told else None
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "parity"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "parity" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parity"


Part: TypeAlias = tuple[int, int]
"""The first block of a part, and its size in bytes."""


class _Recent:
    """Parts that were asked for last, of all files."""

    def __init__(self) -> None:
        self._parts: OrderedDict[tuple[str, Part], bytes] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, key: tuple[str, Part]) -> bytes | None:
        with self._lock:
            found = self._parts.get(key)
            if found is not None:
                self._parts.move_to_end(key)
            return found

    def put(self, key: tuple[str, Part], content: bytes) -> None:
        with self._lock:
            self._size += len(content) - len(self._parts.pop(key, b""))
            self._parts[key] = content
            while self._size > MOST_RECENT and len(self._parts) > 1:
                self._size -= len(self._parts.popitem(last=False)[1])


_recent = _Recent()


@cache
def _passing() -> "tempfile.TemporaryDirectory[str]":
    """A folder for what is not to be kept; it goes with the process."""
    return tempfile.TemporaryDirectory(prefix="parity-")


class Entry:
    """What was fetched of one version of a file: parts, or the whole."""

    def __init__(self, address: str, tag: str, size: int) -> None:
        """Look up what there is.

        Args:
            address: of the file.
            tag: tells its versions apart; where it is "" nothing is kept for longer than this process lives.
            size: of the file, in bytes.
        """
        self._name = sha256(f"{address}\n{tag}\n{size}\n{'' if tag else id(self)}".encode()).hexdigest()
        top = cache_folder() if tag else None
        self._kept = top is not None
        self._folder = (top or Path(_passing().name)) / self._name[:2] / self._name
        self._parts: dict[int, Part] = {}
        with suppress(OSError):  # there is none yet
            for each in self._folder.iterdir():
                first, _, size_of_part = each.name.partition("-")
                if first.isdecimal() and size_of_part.isdecimal():
                    self._know((int(first), int(size_of_part)))

    def part(self, block: int) -> tuple[int, bytes] | None:
        """The part that holds a block, with the place where it begins."""
        part = self._parts.get(block)
        if part is None:
            return None
        content = _recent.get((self._name, part)) or self._stored(part)
        if content is None:
            self._parts = {at: each for at, each in self._parts.items() if each != part}
            return None
        return part[0] * BLOCK, content

    def has(self, block: int) -> bool:
        """Whether there seems to be a part that holds a block."""
        return block in self._parts

    def keep(self, first: int, content: bytes) -> None:
        """Remember a part that begins with a block."""
        part = first, len(content)
        _recent.put((self._name, part), content)
        self._know(part)
        if self._kept:
            with suppress(OSError), self._fresh(f"{first}-{len(content)}") as file:  # a full disk only costs time
                file.write(sha256(content).digest() + content)

    def whole(self) -> Path | None:
        """The file as a whole, if it was fetched and is as it was then."""
        path = self._folder / WHOLE
        try:
            sound = path.is_file() and path.with_name(f"{WHOLE}.sha256").read_bytes() == _digest(path)
        except OSError:
            return None
        return path if sound else None

    @contextmanager
    def keep_whole(self) -> Iterator[BinaryIO]:
        """A file to write all bytes to, which is kept if nothing is raised meanwhile.

        Raises:
            OSError: there is no place to write to.
        """
        with self._fresh(WHOLE) as file:
            yield file
            file.flush()
            digest = _digest(Path(file.name))
        with self._fresh(f"{WHOLE}.sha256") as file:
            file.write(digest)

    def _know(self, part: Part) -> None:
        first, size = part
        for block in range(first, first - (-size // BLOCK)):
            self._parts.setdefault(block, part)

    def _stored(self, part: Part) -> bytes | None:
        path = self._folder / f"{part[0]}-{part[1]}"
        try:
            written = path.read_bytes()
        except OSError:  # somebody has emptied the cache
            return None
        content = written[DIGEST:]
        if len(content) != part[1] or sha256(content).digest() != written[:DIGEST]:
            return None
        _recent.put((self._name, part), content)
        return content

    @contextmanager
    def _fresh(self, name: str) -> Iterator[BinaryIO]:
        """A new file that takes its name when it is complete, whoever else writes it at the same time."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".", delete=False) as file:
            path = Path(file.name)
            try:
                yield cast("BinaryIO", file)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        path.replace(self._folder / name)


def _digest(path: Path) -> bytes:
    found = sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.digest()
