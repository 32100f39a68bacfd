"""A zip archive whose members are read when they are asked for: stored ones in place, compressed ones unpacked.

``zipfile`` reads the directory and unpacks. That stored members are read in place is written by hand, since ``zipfile``
reads a member from its beginning up to what is asked for, to check its sum: 0.11 s for 1,000 bytes in the middle of
200 MB, and 0.00003 s here, where each tensor of a model is such a piece.
"""

import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any, cast

from parity.adapters._bytes import CHANGED, READ_AGAIN, Held, Range, opened
from parity.adapters._zip import BROKEN, LOCAL_HEADER, read_member
from parity.errors import UnreadableModel
from parity.store import Absent

MOST_UNPACKED = 256 << 20
"""Bytes of a compressed member."""

ENCRYPTED = 1


class Archive:
    """A zip archive in a stretch of bytes."""

    def __init__(self, source: Range | Held, members: Iterable[zipfile.ZipInfo]) -> None:
        """``members`` are what its directory lists."""
        listed = [*members]
        self.source = source
        self.members = {each.filename: each for each in listed}
        names = Counter(each.filename for each in listed)
        self._doubled = {name for name, times in names.items() if times > 1}
        self._stretches: dict[str, Range | Held] = {}
        self._unpacked: tuple[str, Held] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What another process gets: nothing that was unpacked."""
        return {**self.__dict__, "_unpacked": None}

    def member(self, name: str) -> "Member":
        """A member, which may not be there."""
        return Member(self, name)

    def locate(self, name: str) -> Range | Held:
        """The bytes of a member.

        Raises:
            Absent: there is none, or it is damaged or absurdly large.
            OSError: the file cannot be read.
        """
        info = self.members.get(name)
        if info is None or name in self._doubled:
            times = "twice" if info is not None else "not"
            raise Absent(f"the archive holds {name[:200]!r} {times}", remedy="copy or save it again")
        if info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & ENCRYPTED:
            if name not in self._stretches:
                self._stretches[name] = self._stored(info)
            return self._stretches[name]
        if self._unpacked is None or self._unpacked[0] != name:
            self._unpacked = name, self._unpack(name)
        return self._unpacked[1]

    def _stored(self, info: zipfile.ZipInfo) -> Range | Held:
        place = self.source.part(info.header_offset, LOCAL_HEADER.size)
        with opened(place) as file:
            header = file.read(LOCAL_HEADER.size)
        if len(header) < LOCAL_HEADER.size:
            raise Absent(CHANGED, remedy=READ_AGAIN)
        start = info.header_offset + LOCAL_HEADER.size + sum(LOCAL_HEADER.unpack(header))
        if start + info.file_size > self.source.size:
            raise Absent(f"its {info.filename} is cut off", remedy="copy or save it again")
        return self.source.part(start, info.file_size)

    def _unpack(self, name: str) -> Held:
        try:
            with opened(self.source) as file, zipfile.ZipFile(cast("IO[bytes]", file)) as archive:
                return Held(read_member(archive, name, MOST_UNPACKED, name))
        except UnreadableModel as error:
            raise Absent(error.cause, found=error.found, remedy=error.remedy) from error
        except BROKEN as error:
            raise Absent(f"the zip archive is damaged: {error}", remedy="copy or save it again") from error


@dataclass(frozen=True, slots=True)
class Member:
    """The bytes of a member of an archive."""

    archive: Archive
    name: str

    @property
    def size(self) -> int:
        """How many there are.

        Raises:
            Absent, OSError: there is no such member.
        """
        return self.located().size

    def located(self) -> Range | Held:
        """Where they are: in the file, or unpacked in memory.

        Raises:
            Absent, OSError: there is no such member, or it is damaged or absurdly large.
        """
        return self.archive.locate(self.name)

    def read(self, start: int, count: int) -> Any:
        """Read a part.

        Raises:
            Absent: it is not there, damaged or absurdly large.
            OSError: the file cannot be read.
        """
        return self.located().read(start, count)
