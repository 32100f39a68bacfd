"""The containers of ``torch.save``: a zip archive, the stream of before PyTorch 1.6, and the tar of before 0.2."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from parity.adapters._formats import Probe
from parity.adapters._zip import BROKEN, read_member
from parity.adapters.torch._pickles import LARGEST, load
from parity.adapters.torch._records import Asked, Global
from parity.adapters.torch._tar import TAR, TAR_AT, MissingElements, members, read_tar
from parity.errors import UnreadableModel

MAGIC = bytes.fromhex("8a0a6cfc9c46f9206aa85019")
"""What a stream begins with, after the pickle's protocol."""

AGAIN = "save it again"
LOST = "the file is cut off or a part of it is missing"


@dataclass(frozen=True)
class Saved:
    """What a file holds, and the names of what it asks to call."""

    top: Any
    calls: Mapping[Global, int]


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


def read_saved(path: Path, part: str = "data") -> Saved:
    """Read what was saved, elements left out.

    Args:
        path: the file.
        part: the name of the pickle in a zip archive, and of the folder of its elements.

    Raises:
        UnreadableModel: the container or the pickle is broken, or elements are missing.
    """
    with path.open("rb") as file:
        return read_stream(file, str(path), part)


def read_stream(file: BinaryIO, where: str, part: str = "data") -> Saved:
    """The same of an open file, which may be a member of another archive."""
    asked = Asked()
    try:
        head = file.read(TAR_AT + len(TAR))
        file.seek(0)
        if MAGIC in head[:16]:
            top = _stream(file, asked)
        elif head[TAR_AT:] == TAR:
            top = read_tar(file, asked)
        else:
            top = _archive(file, asked, part, where)
    except BROKEN as error:
        raise UnreadableModel(where, "the zip archive is broken", found=str(error), remedy=AGAIN) from error
    except MissingElements as error:
        raise UnreadableModel(where, LOST, found=str(error), remedy="copy or save it again") from error
    except ValueError as error:
        raise UnreadableModel(where, "its pickle is broken", found=str(error), remedy=AGAIN) from error
    return Saved(top, asked.calls)


def _is_tar(probe: Probe) -> bool:
    if probe.head[TAR_AT : TAR_AT + len(TAR)] != TAR:
        return False
    with probe.path.open("rb") as file:
        return members(file).keys() >= {"pickle", "storages", "tensors"}


def _archive(file: BinaryIO, asked: Asked, part: str, where: str) -> Any:
    with zipfile.ZipFile(file) as archive:
        found = {each.filename: each.file_size for each in archive.infolist()}
        member = next((name for name in found if name.rpartition("/")[2] == f"{part}.pkl"), "")
        if not member:
            raise zipfile.BadZipFile(f"it has no {part}.pkl")
        top = load(io.BytesIO(read_member(archive, member, LARGEST, where)), asked)
    folder = member.removesuffix(".pkl")
    for key, stored in asked.storages.items():
        _check(key, stored.bytes, found.get(f"{folder}/{key}"))
    return top


def _stream(file: BinaryIO, asked: Asked) -> Any:
    for _ in range(3):  # magic number, version of the protocol, sizes of the machine that wrote it
        load(file, asked)
    top = load(file, asked)
    keys = load(file, asked)
    begin = file.tell()
    left = file.seek(0, io.SEEK_END) - begin
    for key in keys if isinstance(keys, list) else ():
        stored = asked.storages.get(str(key))
        if stored is not None:
            needed = (stored.bytes or 0) + 8  # their number comes first
            _check(str(key), needed, left)
            left -= needed
    return top


def _check(key: str, needed: int | None, has: int | None) -> None:
    if has is None:
        raise MissingElements(f"no elements of the storage {key[:40]}")
    if needed is not None and needed > has:
        raise MissingElements(f"{has:,} of the {needed:,} bytes of the storage {key[:40]}")
