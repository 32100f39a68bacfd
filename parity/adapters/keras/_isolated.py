"""What HDF5's own code is asked, in a process of its own: a damaged file may keep that code busy for ever."""

import io
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parity.adapters._bytes import Held, Range
from parity.adapters._location import Location, on_disk
from parity.adapters._process import Helper
from parity.adapters._zip import StoredView
from parity.adapters.keras import _h5
from parity.adapters.keras._h5 import MODEL_WEIGHTS, Group, LayerWeights, Limits, opened, read_layers, read_optimizer
from parity.adapters.keras._places import Place, place_of, unpacked
from parity.adapters.keras._store import Store, Variable, read_any, read_classic, renamed, without_optimizer
from parity.errors import UnreadableModel

LONGEST = 10
"""Seconds for one file; one of 10,000 variables takes two."""

PROGRAM = "from parity.adapters.keras._isolated import answer"
CONFIG = "model_config"

_helper = Helper(PROGRAM, LONGEST)


@dataclass(frozen=True, slots=True)
class Contents:
    """What there is in an HDF5 file of Keras.

    Attributes:
        members: of the root.
        config: the model's, "" where there is none.
        version: of the Keras that wrote it, "" where it does not say.
        by_layer: the root lists layers, as a file of weights does up to Keras 2.
        weights: those of each layer, if the file has any by layer.
        slots: the variables of the optimizer.
    """

    members: tuple[str, ...]
    config: str = ""
    version: str = ""
    by_layer: bool = False
    weights: LayerWeights | None = None
    slots: Mapping[str, Variable] = field(default_factory=dict)


def holds(path: Location) -> Contents:
    """What a file has at its root, without its config and weights: enough to tell what sort of file it is.

    Raises:
        UnreadableModel: it is no HDF5 file, or a damaged one.
    """
    found: Contents = _asked("root", on_disk(path), str(path), _limits())
    return found


def contents(path: Location, where: str) -> Contents:
    """Everything that is looked at in a file.

    Raises:
        UnreadableModel: it is no HDF5 file, or a damaged one.
    """
    found: Contents = _asked("contents", on_disk(path), where, _limits())
    return found


def _limits() -> Limits:
    return Limits(_h5.MAX_TEXT, _h5.MAX_NAMES)


def read_store(file: io.IOBase, where: str, *, names: bool) -> Store:
    """The variables of a ``.weights.h5`` file; links are never followed and elements never read.

    Args:
        file: the HDF5 file, open for reading, which may be a part of another file.
        where: the model, as the user named it.
        names: look up the names of all objects, which takes longer.

    Raises:
        UnreadableModel: it is no HDF5 file, or a damaged one.
    """
    store = None if names else read_classic(file)
    if store is None:
        found: Store = _asked("variables", _place(file), where, names)
        store = found
    return renamed(without_optimizer(store))


def places(source: Range | Held, where: str, paths: Sequence[str]) -> dict[str, Place | str]:
    """Where the elements of datasets are in a file, or why they are not there.

    Raises:
        UnreadableModel: it is no HDF5 file, or a damaged one.
    """
    found: dict[str, Place | str] = _asked("places", _sent(source), where, tuple(paths), _limits())
    return found


def elements(source: Range | Held, where: str, path: str, rows: tuple[int, int]) -> bytes:
    """The elements of a dataset as HDF5 unpacks them, in the byte order of this machine.

    Args:
        source: the file.
        where: the model, as the user named it.
        path: of the dataset.
        rows: the first, and the first not, along the first axis.

    Raises:
        UnreadableModel: it is no HDF5 file, or a damaged one.
    """
    found: bytes = _asked("elements", _sent(source), where, path, rows, _limits())
    return found


def _sent(source: Range | Held) -> Any:
    """Where bytes are to be found by another process."""
    return source.content if isinstance(source, Held) else (str(on_disk(source.file.path)), source.start, source.size)


def _place(file: io.IOBase) -> Any:
    """Where a file is to be found by another process: path, start and size, or all of its bytes."""
    if isinstance(file, StoredView):
        return file.place
    file.seek(0)
    return file.read()


def _asked(name: str, source: Any, where: str, *rest: Any) -> Any:
    known = _identity(source)
    reply = b"" if known in _endless else _helper.ask(pickle.dumps((name, source, where, *rest)))
    if not reply:
        _endless.add(known)
        cause = f"it is damaged: the HDF5 library crashes on it, or does not finish within {LONGEST} seconds"
        raise UnreadableModel(where, cause, remedy="copy or save the model again")
    made, given = pickle.loads(reply)  # noqa: S301  what our own program has made of a file, of our own types
    if not made:
        where, cause, found, remedy = given
        raise UnreadableModel(where, cause, found=found, remedy=remedy)
    return given


_endless: set[Any] = set()
"""Files that are not asked about again."""


def _identity(source: Any) -> Any:
    """The same for the same file, as long as nobody writes to it."""
    if not isinstance(source, Path):
        return source
    state = source.stat()
    return str(source), state.st_size, state.st_mtime_ns


def answer(content: bytes) -> bytes:
    """What the other process says to a question."""
    name, *arguments = pickle.loads(content)  # noqa: S301  from the process that has started this one
    try:
        made = FUNCTIONS[name](*arguments)
    except UnreadableModel as error:
        return pickle.dumps((False, (error.where, error.cause, error.found, error.remedy)))
    return pickle.dumps((True, made))


def _root(path: Path, where: str, limits: Limits) -> Contents:
    with opened(path, where, limits) as root:
        return _seen(root, CONFIG if root.has(CONFIG) else "")


def _seen(root: Group, config: str) -> Contents:
    listed = root.has("layer_names") or root.has("layer_names0")
    return Contents(tuple(root.members()), config, by_layer=listed)


def _contents(path: Path, where: str, limits: Limits) -> Contents:
    with opened(path, where, limits) as root:
        found = _seen(root, root.text(CONFIG))
        source = root.group(MODEL_WEIGHTS) if MODEL_WEIGHTS in found.members else root if found.by_layer else None
        weights = read_layers(source) if source is not None else None
        version = root.text("keras_version")[:40]
        return Contents(found.members, found.config, version, found.by_layer, weights, read_optimizer(root))


def _variables(source: Any, where: str, names: bool) -> Store:  # noqa: FBT001  as it was sent
    with _opened(source) as file:
        return read_any(file, where, names=names)


def _places(source: Any, where: str, paths: Sequence[str], limits: Limits) -> dict[str, Place | str]:
    with _opened(source) as file, opened(file, where, limits) as root:
        return {path: place_of(root, path) for path in paths}


def _elements(source: Any, where: str, path: str, rows: tuple[int, int], limits: Limits) -> bytes:
    with _opened(source) as file, opened(file, where, limits) as root:
        return unpacked(root.dataset(path), rows)


@contextmanager
def _opened(source: Any) -> Iterator[io.IOBase]:
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    path, start, size = source
    with Path(path).open("rb", buffering=0) as file, StoredView(file, start, size) as view:
        yield view


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "root": _root,
    "contents": _contents,
    "variables": _variables,
    "places": _places,
    "elements": _elements,
}
