"""The contract of a format and the choice of the one that reads a given source."""

import string
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from parity._discovery import by_name, scan
from parity.adapters._location import Location, located
from parity.adapters._running import Feed, Ran
from parity.adapters._soundness import sound
from parity.errors import UnreadableModel, UsageError
from parity.graph import Evidence, Framework, Shape, SourceGraph
from parity.store import Absent

PRINTABLE = set(string.printable.encode("ascii"))

HEAD = 4096
"""Bytes of a file that are looked at to recognise it."""

MOST_FILES = 10_000
"""Files of a folder that are looked at."""

Inputs = Sequence[Any] | Mapping[str, Any]
"""Example inputs of a live model: shapes, ``(shape, dtype)`` pairs or arrays, by position or by name; or one array."""


def in_a_row(inputs: Any) -> Any:
    """Example inputs by position or by name, where one array is the only one; None where there are none."""
    return [inputs] if hasattr(inputs, "shape") else inputs


def for_both(inputs: Any, left: Any, right: Any) -> tuple[Any, Any]:
    """The example inputs of either side: its own, or those for both."""
    return tuple(in_a_row(inputs if own is None else own) for own in (left, right))


@dataclass(frozen=True)
class Probe:
    """What can be seen of a file without reading it: its path, first bytes and, for a zip, the members' names.

    Of a folder the names of the files in it; it has no first bytes.
    """

    path: Location
    head: bytes

    @cached_property
    def members(self) -> tuple[str, ...]:
        """Names of the members if the file is a zip archive that can be opened, else ()."""
        if not self.head.startswith(b"PK"):
            return ()
        try:
            with self.path.open("rb") as file, zipfile.ZipFile(file) as archive:
                return tuple(archive.namelist())
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return ()

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Names of the files if it is a folder, else ()."""
        if self.head or not self.path.is_dir():
            return ()
        listed: Iterator[Location] = iter(self.path.iterdir())
        return tuple(each.name for each in islice(listed, MOST_FILES) if each.is_file())


@dataclass(frozen=True)
class Format:
    """A kind of file, or of live object, that can be read.

    Attributes:
        name: kebab-case id, as in reports.
        framework: None where it holds models of any.
        title: for people, in ``parity formats``.
        suffixes: file name endings that promise this format, ``/`` for a folder; () for live objects.
        evidence: the most that a source of this format can tell.
        recognise: says, cheaply and from content, whether a ``Probe`` (of a file) or an object is of this format.
        read: reads the file at a ``Path``, or at what stands for one elsewhere, or the object. The second argument is
            the example inputs, for live objects.
        live: the source is an object in memory.
        sized: reads it for inputs of given shapes, where a source may leave sizes free that its operators compute with.
        samples: reads a live object again for more samples than one, which a model beside it leaves free, where that
            shows more of it. It is given the object, its example inputs, what was read, and the other's input shapes.
        loads: loads the file in its framework, in a process of its own; with ``trust`` also where that runs code of the
            file's author.
        runs: runs the object in its framework, or what ``loads`` gives of the file.
    """

    name: str
    framework: Framework | None
    title: str
    suffixes: tuple[str, ...]
    evidence: Evidence
    recognise: Callable[[Any], bool]
    read: Callable[[Any, Inputs | None], SourceGraph]
    live: bool = False
    sized: Callable[[Any, Sequence[Shape]], SourceGraph] | None = None
    samples: Callable[[Any, Inputs | None, SourceGraph, Sequence[Shape | None]], SourceGraph] | None = None
    loads: Callable[..., Any] | None = None
    runs: Callable[[Any, SourceGraph, Feed], Ran] | None = None


@cache
def formats() -> tuple[Format, ...]:
    """All formats, by framework and module name.

    Raises:
        ExtensionError: two modules claim the same name.
    """
    from parity.adapters import keras, onnx, snapshot, torch

    return tuple(found for _, found in by_name("FORMAT", Format, keras, torch, onnx, snapshot).values())


def _one_by_one() -> Iterator[Format]:
    """All formats, those first that cost the least to import: who reads a file of PyTorch imports no other reader.

    No file is of two of parity's formats, so the order decides nothing else; those of installed packages come last.
    """
    from parity.adapters import keras, onnx, snapshot, torch

    own = set()
    for package in (snapshot, torch, onnx, keras):
        for each in scan(package, "FORMAT", Format).values():
            own.add(each.name)
            yield each
    yield from (each for each in formats() if each.name not in own)


def read(source: Any, inputs: Inputs | None = None) -> SourceGraph:
    """Read a model from a path or a live object.

    Args:
        source: a path or an address, or a live ``keras.Model``, ``torch.nn.Module``, ``ExportedProgram`` or
            ``onnx.ModelProto``.
        inputs: example inputs for a live model that needs them.

    Raises:
        UnreadableModel: no such file, broken, or of no known format.
        MissingFramework: a live object whose framework is not installed.
    """
    inputs = in_a_row(inputs)
    if isinstance(source, str | Path):
        return _read_file(located(source), inputs)
    for each in formats():
        if each.live and each.recognise(source):
            return sound(each.read(source, inputs), type(source).__name__)
    raise UsageError(
        "cannot read this object",
        "it is neither a path nor a live model that parity knows",
        found=f"{type(source).__module__}.{type(source).__qualname__}",
        remedy="pass a path, a keras.Model, a torch.nn.Module or an onnx.ModelProto",
    )


def _read_file(path: Location, inputs: Inputs | None) -> SourceGraph:
    """Read the file at a path.

    Raises:
        UnreadableModel: it is none that can be read.
    """
    try:
        return _read_recognised(path, inputs)
    except OSError as error:  # of the file, or of one that it names
        raise UnreadableModel(str(path), f"the operating system reports: {error.strerror or error}") from error
    except Absent as error:  # of a file elsewhere, which is asked for piece by piece
        raise UnreadableModel(str(path), error.cause, found=error.found, remedy=error.remedy) from error


def _read_recognised(path: Location, inputs: Inputs | None) -> SourceGraph:
    probe = _probe(path)
    for each in _one_by_one():
        if not each.live and each.recognise(probe):
            return sound(each.read(path, inputs), str(path))
    if not probe.head:
        files = ", ".join(sorted(probe.files)[:3]) or "no files"
        raise UnreadableModel(str(path), "it is a folder", found=files, remedy="name the model file inside it")
    promised = [each for each in formats() if path.name.endswith(each.suffixes or ("\0",))]
    known = ", ".join(sorted({suffix for each in formats() for suffix in each.suffixes}))
    cause = f"it is not a {promised[0].title}" if promised else "no reader recognises it"
    raise UnreadableModel(str(path), cause, found=_describe(probe), remedy=f"known are {known} (see: parity formats)")


def _probe(path: Location) -> Probe:
    try:
        missing = not path.exists()
    except ValueError as error:  # a name that no file can have
        raise UnreadableModel(str(path), f"there is no such file: {error}", remedy="check the path") from error
    if missing:
        raise UnreadableModel(str(path), "there is no such file", remedy="check the path")
    if path.is_dir():
        return Probe(path, b"")
    if not path.is_file():
        raise UnreadableModel(str(path), "it is a pipe or a device, not a regular file", remedy="name a file")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise UnreadableModel(str(path), f"the file cannot be opened: {error.strerror}") from error
    if not head:
        raise UnreadableModel(str(path), "the file is empty", found="0 bytes", remedy="save or copy the model again")
    return Probe(path, head)


def _describe(probe: Probe) -> str:
    if probe.head.startswith(b"PK"):
        if not probe.members:
            return "a truncated or broken zip archive"
        return f"a zip archive with {', '.join(probe.members[:3])}"
    if probe.head[:1] == b"\x80":
        return "a pickle stream"
    if probe.head.startswith(b"\x89HDF"):
        return "an HDF5 file"
    if set(probe.head[:64]) <= PRINTABLE:
        return "text that begins " + repr(probe.head[:24].decode("ascii"))
    return "bytes that begin " + probe.head[:8].hex(" ")
