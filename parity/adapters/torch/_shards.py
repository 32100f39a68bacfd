"""The files that a ``*.index.json`` names, each with a part of the tensors."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import prod
from typing import Any

from parity.adapters._beside import beside
from parity.adapters._location import Location, each_of
from parity.adapters.torch._dtypes import BITS
from parity.adapters.torch._pickled import pickled_tensors
from parity.adapters.torch._program import Stored
from parity.adapters.torch._safetensors import read_header
from parity.adapters.torch._weights_only import natural
from parity.errors import UnreadableModel
from parity.graph import Gap, Shape

LARGEST = 32 * 2**20
MAP = "weight_map"
MOST_GAPS = 100
"""Missing shards that are told one by one."""

REMEDY = "put all files that the index names beside it"


def read_shards(index: Location) -> tuple[list[Stored], list[Gap]]:
    """Read the tensors of all shards that are there.

    Returns:
        The tensors, in natural order of their names, and a gap for each shard that is missing and for tensors that
        are not in the file that the index names.

    Raises:
        UnreadableModel: the index is broken or points outside its folder, no shard is there, or one is broken.
    """
    document = _index(index)
    shards: dict[str, list[str]] = {}
    for name, shard in document[MAP].items():
        shards.setdefault(shard, []).append(name)
    held: list[Stored] = []
    gaps: list[Gap] = []
    missing: dict[str, list[str]] = {}
    paths = [_placed(index, shard) for shard in sorted(shards)]
    for (shard, names), read in zip(sorted(shards.items()), each_of(paths, _tensors), strict=True):
        if read is None:
            missing[shard] = names
            continue
        found, more = read
        held += found
        gaps += more
        lost = {*names} - {each.name for each in found}
        if lost:
            gaps.append(_gap(shard, f"{_many(len(lost))} not in the file that the index names", lost))
    if not held:
        cause = "none of the files that it names exists"
        raise UnreadableModel(str(index), cause, found=", ".join(sorted(missing)[:3]), remedy=REMEDY)
    gaps += _missing(missing, document, held)
    return sorted(held, key=lambda each: natural(each.name)), gaps


def _placed(index: Location, shard: str) -> Location:
    path = beside(index.parent, shard)
    if path is None:
        raise UnreadableModel(str(index), "the index points outside its folder", found=shard[:200], remedy=REMEDY)
    return path


def _missing(missing: Mapping[str, list[str]], document: Mapping[str, Any], held: list[Stored]) -> Iterator[Gap]:
    if len(missing) > MOST_GAPS:
        names = [name for each in missing.values() for name in each]
        missing = {f"{next(iter(missing))} and {len(missing) - 1:,} more": names}
    for at, (shard, names) in enumerate(missing.items()):
        rest = _rest(document.get("metadata"), held) if not at else ""
        yield _gap(shard, f"this shard is missing, so that {_many(len(names))} not counted{rest}", names)


def _rest(metadata: Any, held: list[Stored]) -> str:
    """How much is missing in all, from the total that the index tells."""
    total = metadata.get("total_size") if isinstance(metadata, dict) else None
    if not isinstance(total, int):
        return ""
    tensors = [each.tensor for each in {each.storage: each for each in held}.values()]
    read = sum(_elements(each.shape) * BITS.get(each.dtype or "", 0) // 8 for each in tensors)
    return f" ({total - read:,} of the {total:,} bytes of the model are missing in all)"


def _many(count: int) -> str:
    return "1 tensor is" if count == 1 else f"{count:,} tensors are"


def _elements(shape: Shape | None) -> int:
    return prod(size for size in shape or () if isinstance(size, int))


def _gap(shard: str, reason: str, names: Any) -> Gap:
    return Gap(shard[:200], f"{reason}: {', '.join(sorted(names, key=natural)[:3])[:200]} ...", REMEDY, "weights")


def _index(path: Location) -> Mapping[str, Any]:
    where = str(path)
    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableModel(where, "the index is too large", found=f"{path.stat().st_size:,} bytes")
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise UnreadableModel(where, f"the file cannot be opened: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableModel(where, "the index is not JSON", found=str(error)[:200], remedy="save it again") from error
    entries = document.get(MAP) if isinstance(document, dict) else None
    if not isinstance(entries, dict) or not entries or not all(isinstance(each, str) for each in entries.values()):
        raise UnreadableModel(where, f"the index has no {MAP} from tensors to files", remedy="save it again")
    return dict(document)


def _tensors(path: Location) -> tuple[list[Stored], list[Gap]] | None:
    """The tensors of one shard, whose storages are told apart from those of the others; None where it is missing."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        head = file.read(2)
    if head in (b"PK", b"\x80\x02"):
        found, gaps = pickled_tensors(path)
    else:
        found, gaps = list(read_header(path).tensors), []
    return [replace(each, storage=f"{path.name}/{each.storage}") for each in found], gaps
