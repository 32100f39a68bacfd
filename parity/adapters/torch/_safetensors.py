"""The header of a safetensors file: names, shapes and types of tensors; their elements are left alone.

The layout is that of https://huggingface.co/docs/safetensors: eight bytes of length, then JSON, then the elements.
It is read by hand since the library opens files of this machine only, and gives arrays instead of places in a file.
That is slower, though little: 0.25 s and 0.02 s for a header of 5,000 tensors. Files are written by the library.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

from parity.adapters._bytes import File, Range, overlapping
from parity.adapters._elements import NotThere, Strided
from parity.adapters._location import Location
from parity.adapters.torch._dtypes import BITS
from parity.adapters.torch._program import Stored, Tensor
from parity.adapters.torch._weights_only import natural, stored
from parity.errors import UnreadableModel

LARGEST = 32 * 2**20
"""Bytes of header: some 300,000 tensors."""

MOST_AXES = 64
LARGEST_SIZE = 2**63
AGAIN = "copy or save it again"
TYPES = {
    **{f"{letter}{bits}": f"{kind}{bits}" for letter, kind in (("F", "float"), ("I", "int")) for bits in (16, 32, 64)},
    "I8": "int8",
    "U8": "uint8",
    "U16": "uint16",
    "U32": "uint32",
    "U64": "uint64",
    "BOOL": "bool",
    "BF16": "bfloat16",
    "C64": "complex64",
    "C128": "complex128",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
    "F8_E8M0": "float8_e8m0fnu",
    "F8_E4M3FNUZ": "float8_e4m3fnuz",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
}
SHARED = NotThere("its elements overlap those of another tensor, and are not the same", AGAIN)
PYTORCH = ("", "pt", "pytorch", "torch")


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says: its tensors in natural order of their names, and the text entries beside them."""

    tensors: tuple[Stored, ...]
    metadata: Mapping[str, Any]


def read_header(path: Location) -> Header:
    """Read the header.

    Raises:
        UnreadableModel: it is broken or absurdly long, tensors are cut off, or they are laid out for another framework.
    """
    where = str(path)
    try:
        file = File.at(path)
        with path.open("rb") as content:
            length, size = int.from_bytes(content.read(8), "little"), file.size
            if not 2 <= length <= min(LARGEST, size - 8):  # {}
                most = f"at most {LARGEST:,} are read, of a file of {size:,}"
                raise UnreadableModel(
                    where, "the length of its header is implausible", found=f"{length:,} bytes; {most}"
                )
            document = json.loads(content.read(length))
    except OSError as error:
        raise UnreadableModel(where, f"the file cannot be opened: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableModel(where, "its header is not JSON", found=str(error)[:200], remedy=AGAIN) from error
    if not isinstance(document, dict):
        raise UnreadableModel(
            where, "its header is not a table of tensors", found=type(document).__name__, remedy=AGAIN
        )
    metadata = document.pop("__metadata__", None)
    metadata = metadata if isinstance(metadata, dict) else {}
    _check_framework(metadata, where)
    names = sorted(document, key=natural)
    held = file.whole().part(8 + length, size - 8 - length)
    tensors = {name: _tensor(name, document[name], held) for name in names}
    places = {name: each.elements.source for name, each in tensors.items() if isinstance(each.elements, Strided)}
    shared = overlapping(each for each in places.values() if isinstance(each, Range))
    found = (replace(each, elements=SHARED) if places.get(name) in shared else each for name, each in tensors.items())
    return Header(tuple(found), metadata)


def with_left_out(header: Header) -> tuple[Stored, ...]:
    """The tensors, with those that ``save_model`` has left out since others hold the same elements, as it notes."""
    held = {each.name: each for each in header.tensors}
    tied = {
        name: replace(held[kept], name=name)
        for name, kept in header.metadata.items()
        if isinstance(kept, str) and kept in held and name not in held and "." in name
    }
    return tuple(sorted((*header.tensors, *tied.values()), key=lambda each: natural(each.name)))


def _check_framework(metadata: Mapping[str, Any], where: str) -> None:
    framework = str(metadata.get("format", ""))[:40]
    if framework not in PYTORCH:
        cause = "its tensors have the layout of another framework than PyTorch"
        raise UnreadableModel(where, cause, found=f"the format {framework!r}", remedy="save it from PyTorch")


def _tensor(name: str, entry: Any, held: Range) -> Stored:
    where, size = str(held.file.path), held.size
    match entry:
        case {"dtype": str(code), "shape": [*shape], "data_offsets": [int(begin), int(end)]} if _is_shape(shape):
            pass
        case _:
            raise _broken(name, where, f"{entry!r:.80}")
    dtype = TYPES.get(code, code.lower()[:40])
    needed = prod(shape) * BITS[dtype] // 8 if dtype in BITS else end - begin
    if not 0 <= begin <= end or end - begin != needed:
        raise _broken(name, where, f"{end - begin:,} bytes for the shape {tuple(shape)} of {dtype}")
    if end > size:
        raise _broken(name, where, f"{size:,} bytes of elements, of which it ends at {end:,}")
    elements = Strided(held.part(begin, end - begin), dtype, tuple(shape))
    storage = f"{Path(where).name}:{begin}-{end if end > begin else name}"
    return replace(stored(name, Tensor(tuple(shape), dtype), storage), elements=elements)


def _is_shape(shape: list[Any]) -> bool:
    return len(shape) <= MOST_AXES and all(type(each) is int and 0 <= each < LARGEST_SIZE for each in shape)


def _broken(name: str, where: str, found: str) -> UnreadableModel:
    return UnreadableModel(where, f"the tensor {name[:200]} is broken or cut off", found=found, remedy=AGAIN)
