"""The containers of ``torch.save``: a zip archive, the stream of before PyTorch 1.6, and the tar of before 0.2."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from parity.adapters._archive import Archive
from parity.adapters._bytes import Bytes, File, Held, Range, opened
from parity.adapters._formats import Probe
from parity.adapters._location import Location
from parity.adapters._zip import BROKEN, read_member
from parity.adapters.torch._dtypes import BITS
from parity.adapters.torch._pickles import LARGEST, load
from parity.adapters.torch._records import Asked, Global, TensorRecord
from parity.adapters.torch._tar import TAR, TAR_AT, MissingElements, members, read_tar
from parity.adapters.torch._views import placed
from parity.errors import UnreadableModel
from parity.store import Absent, Elements

MAGIC = bytes.fromhex("8a0a6cfc9c46f9206aa85019")
"""What a stream begins with, after the pickle's protocol."""

AGAIN = "save it again"
MOST_ORDER = 16
LOST = "the file is cut off or a part of it is missing"


@dataclass(frozen=True)
class Saved:
    """What a file holds.

    Attributes:
        top: what was saved.
        calls: the names of what it asks to call.
        sources: where the elements of each storage are, by its key.
        order: of their bytes.
    """

    top: Any
    calls: Mapping[Global, int]
    sources: Mapping[str, Bytes]
    order: str = "little"

    def elements(self, record: TensorRecord) -> Elements:
        """Where the elements of a tensor are."""
        return placed(record.view, self.sources, self.order)


def is_saved(probe: Probe) -> bool:
    """Whether a file is what ``torch.save`` writes, or ``torch.jit.save``, which writes the same zip and more."""
    if MAGIC in probe.head[:16] or _is_tar(probe):
        return True
    return any(name.rpartition("/")[2] == "data.pkl" for name in probe.members)


def is_script(members: tuple[str, ...]) -> bool:
    """Whether a zip archive has the code of TorchScript beside the pickle."""
    roots = {name.removesuffix("data.pkl") for name in members if name.rpartition("/")[2] == "data.pkl"}
    beside = (name.removesuffix("constants.pkl") for name in members if name.endswith("constants.pkl"))
    around = (name.partition("code/")[0] for name in members if "code/" in name)
    return not roots.isdisjoint((*beside, *around))


def read_saved(path: Location, part: str = "data") -> Saved:
    """Read what was saved, elements left out.

    Args:
        path: the file.
        part: the name of the pickle in a zip archive, and of the folder of its elements.

    Raises:
        UnreadableModel: the container or the pickle is broken, or elements are missing.
    """
    return read_source(File.at(path).whole(), str(path), part)


def read_source(source: Range | Held, where: str, part: str = "data") -> Saved:
    """The same of a stretch of bytes, which may be a member of another archive."""
    asked = Asked()
    try:
        with opened(source) as raw, io.BufferedReader(raw) as file:
            head = file.read(TAR_AT + len(TAR))
            file.seek(0)
            if MAGIC not in head[:16] and head[TAR_AT:] != TAR:
                return _archive(file, source, part, where)
            top = _stream(file, asked) if MAGIC in head[:16] else read_tar(file, asked)
            return Saved(top, asked.calls, {key: source.part(*place) for key, place in asked.places.items()})
    except Absent as error:
        raise UnreadableModel(where, error.cause, found=error.found, remedy=error.remedy) from error
    except BROKEN as error:
        raise UnreadableModel(where, "the zip archive is broken", found=str(error), remedy=AGAIN) from error
    except MissingElements as error:
        raise UnreadableModel(where, LOST, found=str(error), remedy="copy or save it again") from error
    except ValueError as error:
        raise UnreadableModel(where, "its pickle is broken", found=str(error), remedy=AGAIN) from error


def _is_tar(probe: Probe) -> bool:
    if probe.head[TAR_AT : TAR_AT + len(TAR)] != TAR:
        return False
    with probe.path.open("rb") as file:
        return members(file).keys() >= {"pickle", "storages", "tensors"}


def _archive(file: BinaryIO, source: Range | Held, part: str, where: str) -> Saved:
    asked = Asked()
    with zipfile.ZipFile(file) as archive:
        found = {each.filename: each.file_size for each in archive.infolist()}
        member = next((name for name in found if name.rpartition("/")[2] == f"{part}.pkl"), "")
        if not member:
            raise zipfile.BadZipFile(f"it has no {part}.pkl")
        top = load(io.BytesIO(read_member(archive, member, LARGEST, where)), asked)
        told = f"{member.removesuffix(f'{part}.pkl')}byteorder"
        order = read_member(archive, told, MOST_ORDER, where).strip() if told in found else b"little"
        places = Archive(source, archive.infolist())
    folder = member.removesuffix(".pkl")
    for key, stored in asked.storages.items():
        _check(key, stored.bytes, found.get(f"{folder}/{key}"))
    sources = {key: places.member(f"{folder}/{key}") for key in asked.storages}
    return Saved(top, asked.calls, sources, order.decode("latin-1"))


def _stream(file: BinaryIO, asked: Asked) -> Any:
    for _ in range(3):  # magic number, version of the protocol, sizes of the machine that wrote it
        load(file, asked)
    top = load(file, asked)
    keys = load(file, asked)
    begin = file.tell()
    size = file.seek(0, io.SEEK_END)
    left, known = size - begin, True
    for key in keys if isinstance(keys, list) else ():
        stored = asked.storages.get(str(key))
        if stored is not None:
            needed = (stored.bytes or 0) + 8  # their number comes first
            _check(str(key), needed, left)
            file.seek(size - left)
            elements = int.from_bytes(file.read(8), "little")
            width = BITS.get(stored.dtype or "", 8) // 8
            # Behind a storage of unknown size, or one of another than its tensors say, nobody knows where the next is.
            known = known and elements * width == needed - 8
            if known:
                asked.places[str(key)] = size - left + 8, needed - 8
            left -= needed
        known = known and stored is not None
    return top


def _check(key: str, needed: int | None, has: int | None) -> None:
    if has is None:
        raise MissingElements(f"no elements of the storage {key[:40]}")
    if needed is not None and needed > has:
        raise MissingElements(f"{has:,} of the {needed:,} bytes of the storage {key[:40]}")
