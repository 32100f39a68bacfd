"""Where the elements of an ONNX file's tensors are: in the file itself, or in a data file beside it."""

from dataclasses import dataclass, field
from typing import Any

from parity.adapters._bytes import File, Range, overlapping
from parity.adapters._elements import NotThere
from parity.adapters._location import Location
from parity.adapters.onnx._external import locate, place, trouble
from parity.adapters.onnx._numbers import Held, Message, Raw
from parity.adapters.onnx._payload import size_of
from parity.adapters.onnx._tensors import EXTERNAL
from parity.adapters.onnx._wire import Loaded
from parity.errors import UnreadableModel
from parity.store import Absent, Elements

SHARED = "its elements overlap those of another tensor, and are not the same"


@dataclass
class DataFiles:
    """The file and its data files, as they were when the model was read."""

    loaded: Loaded
    folder: Location
    source: str
    _files: dict[Location, File | None] = field(default_factory=dict)
    _beside: dict[File, "_Beside"] = field(default_factory=dict)

    def elements(self, tensor: Any) -> Elements:
        """Where the elements of a tensor are."""
        shape = tuple(tensor.dims)
        if tensor.data_location == EXTERNAL:
            return self._external(tensor, shape)
        found = self.loaded.place(tensor)
        if found is None:
            return Held(tensor.SerializeToString())
        held, raw = found
        return Raw(held, tensor.data_type, shape) if raw else Message(held)

    def _external(self, tensor: Any, shape: tuple[int, ...]) -> Elements:
        try:
            path, size = locate(tensor, self.folder, self.source), size_of(tensor.data_type, shape)
        except (UnreadableModel, Absent) as error:
            return NotThere(error.cause, error.remedy)
        if path not in self._files:
            self._files[path] = _file(path)
        file = self._files[path]
        wrong = trouble(tensor, file.size if file is not None else None)
        if wrong is not None or file is None:
            return NotThere(*(wrong or ("the data file is missing", "put it beside the model")))
        held = Range(file, place(tensor)[1], size)
        beside = self._beside.setdefault(file, _Beside())
        beside.ranges.add(held)
        return External(held, tensor.data_type, shape, beside)


def _file(path: Location) -> File | None:
    """The file at a path, or None where there is none, or no file system can have its name."""
    try:
        return File.at(path) if path.is_file() else None
    except OSError:
        return None


@dataclass(slots=True, eq=False)
class _Beside:
    """All tensors of one data file, which are known when the model has been read."""

    ranges: set[Range] = field(default_factory=set)
    shared: set[Range] | None = None

    def shares(self, held: Range) -> bool:
        """Whether a tensor has bytes in common with one that is not the same."""
        if self.shared is None:
            self.shared = overlapping(self.ranges)
        return held in self.shared


@dataclass(frozen=True, slots=True)
class External:
    """Raw bytes in a data file."""

    held: Range
    code: int
    shape: tuple[int, ...]
    beside: _Beside = field(compare=False)

    def read(self) -> Any:
        """The array.

        Raises:
            Absent: the file has changed, or tensors in it overlap.
            OSError: it cannot be read.
        """
        if self.beside.shares(self.held):
            raise Absent(SHARED, remedy="export the model again")
        return Raw(self.held, self.code, self.shape).read()
