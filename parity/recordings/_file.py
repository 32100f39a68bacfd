"""Recordings as ``.npz`` files: arrays by name that numpy reads, too, and a text that says what they are of."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from parity.adapters._placing import replaced
from parity.errors import UsageError
from parity.recordings._array import DAMAGED, read_array
from parity.recordings._contract import Array, Recording

ABOUT = "parity_recording"
"""The array of bytes that holds the text; no array of a person's own is called so."""

VERSION = 1
INPUT, OUTPUT, VALUE = "input/", "output/", "value/"
MOST_TEXT = 1 << 16
MOST_ARRAYS = 1_000_000
AGAIN = "record it again: parity record MODEL -o FILE.npz"


def write_recording(recording: Recording, path: Path) -> None:
    """Write a recording, whole or not at all.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        with replaced(path) as fresh, zipfile.ZipFile(fresh, "w", allowZip64=True) as archive:
            for name, array in _arrays(recording):
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    _write(member, array)
    except ValueError as error:  # a name that no file can have
        raise UsageError(f"cannot write {str(path)!r}", str(error)) from error


def _arrays(recording: Recording) -> Iterator[tuple[str, Array]]:
    import numpy as np

    told = {
        "version": VERSION,
        "model": recording.model,
        "producer": recording.producer,
        "digest": recording.digest,
        "weights": recording.weights,
    }
    yield ABOUT, np.frombuffer(json.dumps(told).encode(), "uint8")
    for prefix, arrays in ((INPUT, recording.inputs), (OUTPUT, recording.outputs), (VALUE, recording.values)):
        for name, array in arrays.items():
            yield prefix + name, array


def _write(member: Any, array: Array) -> None:
    import numpy as np

    narrow = array.dtype.kind == "V"  # bfloat16 and its like, which numpy's files have no names for
    np.lib.format.write_array(member, array.astype("float32") if narrow else array, allow_pickle=False)


def holds_recording(path: str | Path) -> bool:
    """Whether a file says that it is a recording."""
    try:
        with zipfile.ZipFile(path) as archive:
            return f"{ABOUT}.npy" in archive.namelist()
    except DAMAGED:
        return False


def opened_recording(path: str | Path) -> Recording:
    """A recording, of which arrays are read when they are asked for.

    Raises:
        UsageError: it is none, or damaged.
    """
    where = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = {each.filename: each for each in archive.infolist()}
    except DAMAGED as error:
        raise _damaged(where, str(error)) from error
    packed = next((name for name, each in members.items() if each.compress_type != zipfile.ZIP_STORED), None)
    if packed is not None or len(members) > MOST_ARRAYS:
        cause = f"{packed!r:.80} is compressed" if packed is not None else f"it holds {len(members):,} arrays"
        raise _damaged(where, cause)
    told = _told(where, members)
    parts = [
        _Stored(where, {_named(name, prefix): each for name, each in members.items() if name.startswith(prefix)})
        for prefix in (INPUT, OUTPUT, VALUE)
    ]
    return Recording(told["model"], told["producer"], told["digest"], told["weights"], *parts)


def _named(member: str, prefix: str) -> str:
    return member.removeprefix(prefix).removesuffix(".npy")


def _told(where: str, members: Mapping[str, zipfile.ZipInfo]) -> dict[str, str]:
    info = members.get(f"{ABOUT}.npy")
    if info is None or info.file_size > MOST_TEXT:
        raise _damaged(where, "it does not say what it is a recording of")
    text = read_array(where, info).tobytes()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(where, f"what it is a recording of is not readable: {error}") from error
    wanted = ("model", "producer", "digest", "weights")
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in wanted):
        raise _damaged(where, "it does not say what it is a recording of")
    if found.get("version") != VERSION:
        cause = "it was written by another version of parity"
        raise UsageError(
            f"cannot read the recording {where!r}", cause, found=f"{found.get('version')!r:.20}", remedy=AGAIN
        )
    return {name: found[name] for name in wanted}


class _Stored(Mapping[str, Array]):
    """Arrays of a file by name."""

    def __init__(self, where: str, members: Mapping[str, zipfile.ZipInfo]) -> None:
        self.where, self.members = where, members

    def __getitem__(self, name: str) -> Array:
        return read_array(self.where, self.members[name])

    def __contains__(self, name: object) -> bool:  # Mapping's own would make the array
        return name in self.members

    def __iter__(self) -> Iterator[str]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)


def _damaged(where: str, cause: str) -> UsageError:
    return UsageError(f"cannot read the recording {where!r}", cause, remedy=AGAIN)
