"""``.pt2``: the archive of ``torch.export.save``, of which only the JSON is read."""

import json
import zipfile
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

from parity.adapters._archive import Archive
from parity.adapters._bytes import File, Held, Range
from parity.adapters._formats import Format, Inputs, Probe
from parity.adapters._location import Location
from parity.adapters._zip import BROKEN, read_member
from parity.adapters.torch import _running
from parity.errors import UnreadableModel
from parity.graph import Evidence, Framework, Gap, Shape, SourceGraph
from parity.store import Absent, Elements

if TYPE_CHECKING:
    from parity.adapters.torch._program import Stored

OLD = "serialized_exported_program.json"
REMEDY = "save the model again with torch.export.save"
OLD_WEIGHTS = ("serialized_state_dict.pt", "serialized_constants.pt")
"""Where archives of PyTorch 2.7 and older tell which weights are tied."""

KNOWN = 8
"""The newest major version of the schema whose layout is known."""

LARGEST = 128 * 2**20
"""Bytes of JSON; the graph of a large language model has some 20 MiB."""

UNTOLD_TIES = Gap("weights", "the archive lacks the file that records which weights are tied", REMEDY)


def recognise(probe: Probe) -> bool:
    """Whether a file is a zip with an exported program inside."""
    return any(_document(name) or name.endswith("/archive_format") for name in probe.members)


def read(path: Location, inputs: Inputs | None = None) -> SourceGraph:  # noqa: ARG001  a file needs no example inputs
    """Read an archive.

    Raises:
        UnreadableModel: it is broken, or holds no exported program or several.
    """
    file = File.at(path)
    try:
        with path.open("rb") as content, zipfile.ZipFile(content) as archive:
            return _read(archive, path, Archive(file.whole(), archive.infolist()))
    except BROKEN as error:
        raise UnreadableModel(str(path), "the zip archive is broken", found=str(error), remedy=REMEDY) from error


def _read(archive: zipfile.ZipFile, path: Location, places: Archive) -> SourceGraph:
    from parity.adapters.torch._exported import Exported
    from parity.adapters.torch._lifted import as_parameters
    from parity.adapters.torch._schema import program
    from parity.adapters.torch._source import source_graph
    from parity.adapters.torch._tables import with_tables

    where = str(path)
    member = _choose(archive.namelist(), where)
    document = _json(archive, member, where)
    folder = member.rpartition("models/")[0]
    weights, constants = (_table(archive, folder + name, where) for name in _TABLES)
    old = member.rpartition("/")[2] == OLD
    tensors = _old_tensors(places, member.removesuffix(OLD), where) if old else {}
    ties = {name: each.storage for name, each in tensors.items()}
    version = _version(document)
    try:
        made = program(document, weights, constants, ties)
        elements = Exported(places, folder, where, {name: each.elements for name, each in tensors.items()})
        made = with_tables(elements.entered(made, weights, constants))
        made = as_parameters(made, lambda each: _content(archive, folder, each, weights, constants))
        graph = source_graph(made, FORMAT.name, where)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        cause = f"{member} does not have the structure that torch.export writes{_newer(version)}"
        raise UnreadableModel(where, cause, found=f"{type(error).__name__}: {error}", remedy=REMEDY) from error
    gaps = [UNTOLD_TIES] if old and not ties and len(graph.weights) > 1 else []
    if version > KNOWN:
        gaps.append(
            Gap("model", f"parity does not read what is new in it{_newer(version)}", "use a newer version of parity")
        )
    return replace(graph, gaps=(*graph.gaps, *gaps))


def _content(
    archive: zipfile.ZipFile, folder: str, stored: "Stored", weights: dict[str, Any], constants: dict[str, Any]
) -> tuple[int, int] | None:
    """The checksum and size of the file that holds a whole tensor, which its zip tells."""
    group, table = ("weights", weights) if stored.name in weights else ("constants", constants)
    entry = table.get(stored.name)
    if not entry or entry.get("use_pickle"):
        return None
    member = f"{folder}data/{group}/{entry['path_name']}"
    sizes = [each.get("as_int", -1) for each in entry["tensor_meta"]["strides"]]
    if member not in archive.namelist() or sizes != _dense(stored.tensor.shape or ()):
        return None
    found = archive.getinfo(member)
    return found.CRC, found.file_size


def _dense(shape: Shape) -> list[int]:
    """The strides of a tensor whose elements lie row by row."""
    sizes = [size for size in shape if isinstance(size, int)]
    return [prod(sizes[at + 1 :]) for at in range(len(sizes))]


def _version(document: Any) -> int:
    """The major version of the schema, or 0 where it is not told."""
    found = document.get("schema_version") if isinstance(document, dict) else None
    major = found.get("major") if isinstance(found, dict) else None
    return major if type(major) is int else 0


def _newer(version: int) -> str:
    return f": its schema {version} is newer than {KNOWN}, the newest known" if version > KNOWN else ""


@dataclass(frozen=True, slots=True)
class _Old:
    """A tensor of an older archive: the identity of its elements, and where they are."""

    storage: str
    elements: Elements


def _old_tensors(places: Archive, folder: str, where: str) -> dict[str, _Old]:
    """The tensors that older archives keep in pickles, by name."""
    from parity.adapters.torch._checkpoint import Flattened, TooMuch
    from parity.adapters.torch._saved import read_source

    found: dict[str, _Old] = {}
    for name in OLD_WEIGHTS:
        if folder + name in places.members and places.members[folder + name].file_size:
            saved = read_source(_located(places, folder + name, where), where)
            try:
                tensors = Flattened(saved.top).tensors
            except TooMuch as error:
                raise UnreadableModel(where, f"{name} is not a state_dict", found=str(error)) from error
            held = {key: _Old(f"{name}/{each.storage}", saved.elements(each)) for key, each in tensors.items()}
            found.update(held)
    return found


def _located(places: Archive, member: str, where: str) -> Range | Held:
    try:
        return places.locate(member)
    except Absent as error:
        raise UnreadableModel(where, error.cause, found=error.found, remedy=error.remedy) from error


_TABLES = ("data/weights/model_weights_config.json", "data/constants/model_constants_config.json")


def _document(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    return file == OLD or (file.endswith(".json") and folder.rpartition("/")[2] == "models")


def _choose(names: list[str], where: str) -> str:
    found = [name for name in names if _document(name)]
    if len(found) == 1:
        return found[0]
    if found:
        cause, what = "it holds several programs", ", ".join(sorted(found)[:4])
    else:
        cause, what = "it holds no exported program", "a compiled package without models/*.json"
    raise UnreadableModel(where, cause, found=what, remedy="save one program with torch.export.save")


def _json(archive: zipfile.ZipFile, member: str, where: str) -> Any:
    try:
        return json.loads(read_member(archive, member, LARGEST, where))
    except (ValueError, RecursionError) as error:
        raise UnreadableModel(where, f"{member} is not readable JSON", found=str(error), remedy=REMEDY) from error


def _table(archive: zipfile.ZipFile, member: str, where: str) -> dict[str, Any]:
    if member not in archive.namelist():
        return {}
    table = _json(archive, member, where)
    found = table.get("config") if isinstance(table, dict) else None
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
        raise UnreadableModel(where, f"{member} does not have the structure that torch.export writes", remedy=REMEDY)
    return found


FORMAT = Format(
    name="torch-export",
    framework=Framework.TORCH,
    title="torch.export archive",
    suffixes=(".pt2",),
    evidence=Evidence.GRAPH,
    recognise=recognise,
    read=read,
    loads=_running.load_program,
    runs=_running.runs,
)
