"""Tensors in a file beside the model: where they may be, and whether they can be there; the data is left alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from parity.adapters._beside import beside
from parity.adapters._location import Location
from parity.adapters.onnx._tensors import EXTERNAL, stored_bytes, text
from parity.errors import UnreadableModel
from parity.graph import Gap


def check(tensors: Iterable[Any], folder: Location, source: str) -> tuple[Gap, ...]:
    """Look for the data files of external tensors, without opening them.

    Returns:
        A gap for each data file that is missing and for each that cannot hold what the model says.

    Raises:
        UnreadableModel: a data file is said to be outside the model's folder.
    """
    troubles: dict[tuple[str, str, str], list[str]] = {}
    sizes: dict[str, int | None] = {}
    for tensor in tensors:
        if tensor.data_location != EXTERNAL:
            continue
        entries = _entries(tensor)
        location = entries.get("location", "")
        if location not in sizes:
            sizes[location] = _size(locate(tensor, folder, source))
        trouble = _trouble(tensor, entries, sizes[location])
        if trouble:
            troubles.setdefault((location, *trouble), []).append(text(tensor.name))
    return tuple(_gap(*key, names) for key, names in troubles.items())


def locate(tensor: Any, folder: Location, source: str) -> Location:
    """The data file of an external tensor.

    Raises:
        UnreadableModel: it is outside the model's folder.
    """
    location = _entries(tensor).get("location", "")
    path = beside(folder, location)
    if path is None:
        raise _points_outside(tensor, location, source)
    return path


def read_small(tensor: Any, path: Location) -> bytes | None:
    """The payload of a small external tensor, or None where the file cannot hold it."""
    expected = stored_bytes(tensor)
    if expected is None or _trouble(tensor, _entries(tensor), _size(path)):
        return None
    with path.open("rb") as file:
        file.seek(_number(_entries(tensor), "offset", 0))
        return file.read(expected)


def trouble(tensor: Any, size: int | None) -> tuple[str, str] | None:
    """Why a data file of a size, or one that is missing, cannot hold a tensor, and what would help."""
    return _trouble(tensor, _entries(tensor), size)


def place(tensor: Any) -> tuple[str, int]:
    """The data file of an external tensor that has no trouble, as the model names it, and where it begins there."""
    entries = _entries(tensor)
    return entries.get("location", ""), _number(entries, "offset", 0)


def _points_outside(tensor: Any, location: str, source: str) -> UnreadableModel:
    return UnreadableModel(
        source,
        f"the data of {text(tensor.name)!r} points outside its folder",
        found=f"location {location!r}",
        remedy="save the model with its data file beside it",
    )


def _trouble(tensor: Any, entries: Mapping[str, str], size: int | None) -> tuple[str, str] | None:
    """Why a data file of a size cannot hold a tensor, and what would help."""
    if size is None:
        return "the data file is missing", "put it beside the model; shapes and counts are known nevertheless"
    offset, length = _number(entries, "offset", 0), _number(entries, "length", None)
    expected = stored_bytes(tensor)
    remedy = "save the model again; shapes and counts are those that the model declares"
    if offset is None or (length is None and "length" in entries) or offset < 0 or (length or 0) < 0:
        return "offset or length is not a number", remedy
    if length is not None and expected is not None and length != expected:
        return "the length does not match the tensor's shape and dtype", remedy
    if offset + (length or expected or 0) > size:
        return "the data lies beyond the end of the file", remedy
    return None


def _size(path: Location) -> int | None:
    """The size of a file in bytes, or None where there is none, or no file system can have its name."""
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None


def _gap(location: str, reason: str, remedy: str, names: list[str]) -> Gap:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return Gap(f"{names[0]}{more}", f"{reason} ({location})", remedy, facet="weights")


def _entries(tensor: Any) -> dict[str, str]:
    return {text(each.key): text(each.value) for each in tensor.external_data}


def _number(entries: Mapping[str, str], key: str, default: Any) -> Any:
    value = entries.get(key)
    if value is None:
        return default
    return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None  # 64 bits
