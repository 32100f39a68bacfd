"""A TorchScript archive -> SourceGraph: the tree of modules in its pickle, with what its code says of their classes."""

import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from parity.adapters._location import Location
from parity.adapters._zip import BROKEN, read_member
from parity.adapters.torch._module_pickle import DEEPEST, MOST_WORK, described
from parity.adapters.torch._program import Role, Stored
from parity.adapters.torch._records import Global, Record, TensorRecord
from parity.adapters.torch._saved import read_saved
from parity.adapters.torch._script_code import WITHOUT_SETTINGS, Class, classes
from parity.adapters.torch._suspects import describe, refusal, suspects, warning
from parity.adapters.torch._tree import Module, source_tree, with_gaps
from parity.errors import UnreadableModel
from parity.graph import WIRING, Gap, Mode, SourceGraph
from parity.store import Elements

LARGEST_CODE = 32 * 2**20
ROOT = "__torch__"
MANGLED = re.compile(r"\.___torch_mangle_\d+")
SIZES = {"Linear": ("out_features", "in_features"), "Embedding": ("num_embeddings", "embedding_dim")}
"""Settings that the shape of the weight tells."""

NO_WIRING = "parity does not interpret the code of a TorchScript archive"
TREE_ONLY = Gap(
    WIRING,
    "of a TorchScript archive parity reads the modules and their settings, not how the code connects them",
    "save the model with torch.export.save (.pt2), or compare what torch.jit.load gives, with example inputs",
)
FROZEN = "the weights have become constants of the code (torch.jit.freeze), so that no module owns them"
REMEDY = "save the module before it is frozen"


def script_graph(path: Location, form: str) -> SourceGraph:
    """Read the tree of modules.

    Args:
        path: the file.
        form: the name of the format.

    Raises:
        UnreadableModel: it is broken, or holds no module.
    """
    where = str(path)
    saved = read_saved(path)
    found = suspects(saved.calls)
    reader = _Reader(where, _code(path), saved.elements)
    if not reader.is_module(saved.top):
        raise refusal(where, saved.top, found)
    modules = reader.modules(saved.top)
    constants = _constants(path)
    if constants and not any(each.tensors for each in modules):
        reader.gaps.append(Gap("weights", FROZEN, REMEDY, "weights"))
        modules[0] = Module("", modules[0].type, {}, constants, children=True)
    graph = source_tree(modules, form, where, "PyTorch, TorchScript", NO_WIRING)
    graph = replace(graph, mode=_mode(reader.code))
    return with_gaps(graph, [TREE_ONLY, *reader.gaps, *(warning(name) for name in found)])


def _mode(code: Mapping[str, Mapping[str, Class]]) -> Mode:
    """The mode that a module was traced in; a scripted one can be put in either."""
    modes = {mode for found in code.values() for each in found.values() for mode in each.modes()}
    return Mode.TRAINING if True in modes else Mode.EVALUATION if modes else Mode.BOTH


def _code(path: Location) -> dict[str, dict[str, Class]]:
    """The classes of each file of code, by the name of its module."""
    found: dict[str, dict[str, Class]] = {}
    left = LARGEST_CODE
    try:
        with path.open("rb") as content, zipfile.ZipFile(content) as archive:
            for info in archive.infolist():
                _, code, name = info.filename.partition("code/")
                if code and name.endswith(".py") and name.startswith(ROOT):
                    text = read_member(archive, info.filename, left, str(path)).decode("utf-8", "replace")
                    left -= len(text)
                    found[name.removesuffix(".py").replace("/", ".")] = classes(text)
    except BROKEN as error:
        raise UnreadableModel(str(path), "its code cannot be read", found=str(error), remedy="save it again") from error
    return found


def _constants(path: Location) -> tuple[Stored, ...]:
    """The tensors that the code takes for granted."""
    saved = read_saved(path, "constants")
    top = saved.top
    if not isinstance(top, tuple | list):
        raise UnreadableModel(str(path), "its constants are not a list", found=describe(top), remedy="save it again")
    tensors = [(f"CONSTANTS.c{at}", each) for at, each in enumerate(top) if isinstance(each, TensorRecord)]
    return tuple(
        Stored(
            name, "", Role.CONSTANT, described(name, each, str(path)), f"constants/{each.storage}", elements=elements
        )
        for name, each in tensors
        for elements in (saved.elements(each),)
    )


class _Reader:
    """Walks the records of the modules; collects what cannot be read."""

    def __init__(
        self, where: str, code: dict[str, dict[str, Class]], elements: Callable[[TensorRecord], Elements]
    ) -> None:
        self.where = where
        self.elements = elements
        self.code = code
        self.gaps: list[Gap] = []
        self.work = 0

    def written(self, record: Record) -> Class | None:
        """What the code says of a record's class, if that is a module."""
        maker = record.maker
        return self.code.get(maker.module, {}).get(maker.name) if isinstance(maker, Global) else None

    def is_module(self, value: Any) -> bool:
        return isinstance(value, Record) and not value.called and self.written(value) is not None

    def modules(self, top: Record) -> list[Module]:
        found: list[Module] = []
        waiting: list[tuple[str, Record, tuple[int, ...]]] = [("", top, ())]
        while waiting:
            path, record, above = waiting.pop()
            self.work += 1 + len(path) // 100 + len(record.state)
            if self.work > MOST_WORK or len(above) > DEEPEST:
                cause = f"its tree of modules has more than {MOST_WORK:,} entries or {DEEPEST} levels"
                raise UnreadableModel(self.where, cause, remedy="save it without modules shared over and over")
            inside = (*above, id(record))
            children = [(_below(path, name), each) for name, each in record.state.items() if self.is_module(each)]
            found.append(self.module(path, record, children=bool(children)))
            for below, each in reversed(children):
                if id(each) in inside:
                    self.gaps.append(Gap(below, "the module contains itself"))
                else:
                    waiting.append((below, each, inside))
        return found

    def module(self, path: str, record: Record, *, children: bool) -> Module:
        written = self.written(record) or Class()
        held = []
        for name, value in record.state.items():
            full = _below(path, name)
            if isinstance(value, TensorRecord):
                roles = ((Role.PARAMETER, written.parameters), (Role.BUFFER, written.buffers))
                role = next((each for each, names in roles if name in names), Role.CONSTANT)
                tensor = described(full, value, self.where)
                held.append(Stored(full, "", role, tensor, value.storage, elements=self.elements(value)))
            elif isinstance(value, Record) and not self.is_module(value):
                self.gaps.append(Gap(full, f"it cannot be read: it is {describe(value)}"))
        kind = MANGLED.sub("", f"{record.maker}").removeprefix(f"{ROOT}.")
        settings, complete = _settings(kind, record, written)
        return Module(path, kind, settings, tuple(held), children, complete)


def _settings(kind: str, record: Record, written: Class) -> tuple[dict[str, Any], bool]:
    """The settings of a module, and whether they are all that it has.

    A scripted class lists its constants; of a traced one only what a single operator shows can be told.
    """
    plain = {name: each for name, each in record.state.items() if isinstance(name, str)}
    if written.settings or kind.rpartition(".")[2] in WITHOUT_SETTINGS:
        return {**plain, **written.settings}, True
    shown = written.traced()
    weight = record.state.get("weight")
    sizes = weight.shape if isinstance(weight, TensorRecord) else ()
    stored = dict(zip(SIZES.get(kind.rpartition(".")[2], ()), sizes, strict=False))
    return {**plain, **stored, **(shown or {})}, shown is not None


def _below(path: str, name: Any) -> str:
    own = name if isinstance(name, str) else f"<{type(name).__name__}>"
    return f"{path}.{own}" if path else own
