"""The tree of modules in a pickle: records -> SourceGraph, and what else the pickle holds or asks for."""

import io
import sys
import zipfile
from pathlib import Path
from typing import Any

from parity.adapters.torch._members import read_member
from parity.adapters.torch._pickles import load
from parity.adapters.torch._program import Role, Stored, Tensor
from parity.adapters.torch._records import Global, Record, TensorRecord
from parity.adapters.torch._tree import Module, source_tree, with_gaps
from parity.errors import UnreadableModel
from parity.graph import WIRING, Gap, SourceGraph

MOST_WORK = 5_000_000
DEEPEST = 200
NO_WIRING = "a pickled module holds no wiring"
TREE_ONLY = Gap(
    WIRING,
    "a pickled module records which layers exist, not how they are called",
    "save it with torch.export.save (.pt2), or compare the live model with example inputs",
)
REMEDY = "save the model itself with torch.export.save (.pt2) or torch.save(model)"
HARMLESS = frozenset({"collections", "copyreg", "copy_reg", "_codecs", "functools", "enum", "datetime", "pathlib"})
BUILTINS = frozenset({"set", "frozenset", "list", "dict", "tuple", "slice", "complex", "bytearray", "range", "object"})
STATE = ("_modules", "_parameters", "_buffers")


def read_tree(path: Path, form: str, magic: bytes) -> SourceGraph:
    """Read the tree of modules.

    Args:
        path: the file.
        form: the name of the format.
        magic: what tells a file of before PyTorch 1.6.

    Raises:
        UnreadableModel: it is broken, or holds something else than a module.
    """
    where = str(path)
    calls: dict[Global, int] = {}
    try:
        top = _load(path, calls, magic)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UnreadableModel(where, "the zip archive is broken", found=str(error), remedy="save it again") from error
    except ValueError as error:
        raise UnreadableModel(where, "its pickle is broken", found=str(error), remedy="save it again") from error
    suspects = [name for name in calls if _suspect(name)]
    if not _is_module(top):
        raise _refusal(where, top, suspects)
    reader = _Reader(where)
    modules = reader.modules(top)
    graph = source_tree(modules, form, where, "PyTorch, torch.save", NO_WIRING)
    return with_gaps(graph, [TREE_ONLY, *reader.gaps, *(_called(name) for name in suspects)])


def _load(path: Path, calls: dict[Global, int], magic: bytes) -> Any:
    with path.open("rb") as file:
        if magic in file.read(16):
            file.seek(0)
            for _ in range(3):  # magic number, version of the protocol, sizes of the machine that wrote it
                load(file, calls)
            return load(file, calls)
    with zipfile.ZipFile(path) as archive:
        member = next(each for each in archive.namelist() if each.rpartition("/")[2] == "data.pkl")
        return load(io.BytesIO(read_member(archive, member)), calls)


def _is_module(value: Any) -> bool:
    if not isinstance(value, Record) or not isinstance(value.maker, Global):
        return False
    return all(isinstance(value.state.get(name), dict) for name in STATE)


def _suspect(name: Global) -> bool:
    """Whether a call that the file asks for has no place in a model. It is only told; nothing is called anyway."""
    root = name.module.partition(".")[0]
    if root in ("builtins", "__builtin__"):
        return name.name not in BUILTINS
    return root not in HARMLESS and (root in sys.stdlib_module_names or root == "nt")


def _called(name: Global) -> Gap:
    return Gap("model", f"the file asks to call {name} when it is loaded; nothing was called", "do not load this file")


def _refusal(where: str, top: Any, suspects: list[Global]) -> UnreadableModel:
    if isinstance(top, Record) and top.called and isinstance(top.maker, Global):
        cause = f"loading it would call {top.maker}; nothing was called"
        return UnreadableModel(where, cause, found="a call instead of a model", remedy="do not load this file")
    if suspects:
        cause = f"loading it would call {suspects[0]}; nothing was called"
        return UnreadableModel(where, cause, found=_describe(top), remedy="do not load this file")
    return UnreadableModel(where, "it holds no module", found=_describe(top), remedy=REMEDY)


def _describe(top: Any) -> str:
    if isinstance(top, dict):
        states = [each for each in map(_state_dict, (top, *top.values())) if each]
        if _state_dict(top):
            return states[0]
        names = ", ".join(name[:40] for name in [*top][:5] if isinstance(name, str))
        return f"a dict with the keys {names}" + (f", among them {states[0]}" if states else "")
    if isinstance(top, TensorRecord):
        return f"a tensor of shape {top.shape}"
    if isinstance(top, Record):
        return f"an object of the class {top.maker}" if isinstance(top.maker, Global) else "an object of no class"
    return f"a {type(top).__name__}"


def _state_dict(value: Any) -> str:
    tensors = sum(isinstance(each, TensorRecord) for each in value.values()) if isinstance(value, dict) else 0
    return f"a state_dict with {tensors:,} tensors" if tensors and tensors == len(value) else ""


class _Reader:
    """Walks the records of the modules; collects what cannot be read."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.gaps: list[Gap] = []
        self.work = 0

    def modules(self, top: Record) -> list[Module]:
        found: list[Module] = []
        waiting: list[tuple[str, Record, tuple[int, ...]]] = [("", top, ())]
        while waiting:
            path, record, above = waiting.pop()
            self.spend(path, record, len(above))
            children = [(name, each) for name, each in record.state["_modules"].items() if each is not None]
            found.append(self.module(path, record, bool(children)))
            inside = (*above, id(record))
            for name, each in reversed(children):
                below = _below(path, name)
                if not _is_module(each):
                    self.gaps.append(Gap(below, f"it is no module but {_describe(each)}"))
                elif id(each) in inside:
                    self.gaps.append(Gap(below, "the module holds itself"))
                else:
                    waiting.append((below, each, inside))
        return found

    def spend(self, path: str, record: Record, depth: int) -> None:
        """Shared modules can make a small file stand for endlessly many paths."""
        self.work += 1 + len(path) // 100 + sum(len(record.state[name]) for name in STATE) + len(record.state)
        if self.work > MOST_WORK or depth > DEEPEST:
            cause = f"its tree of modules has more than {MOST_WORK:,} entries or {DEEPEST} levels"
            raise UnreadableModel(self.where, cause, remedy="save the model without modules shared over and over")

    def module(self, path: str, record: Record, children: bool) -> Module:  # noqa: FBT001  passed on as it is
        state = record.state
        skipped = state.get("_non_persistent_buffers_set")
        passing = skipped if isinstance(skipped, set | list | tuple) else ()
        held = []
        for group, role in (("_parameters", Role.PARAMETER), ("_buffers", Role.BUFFER)):
            for name, value in state[group].items():
                full = _below(path, name)
                if isinstance(value, TensorRecord):
                    kind = Role.NONPERSISTENT if role is Role.BUFFER and name in passing else role
                    held.append(_stored(full, kind, value))
                elif value is not None:
                    self.gaps.append(Gap(full, f"this {role} cannot be read: it is {_describe(value)}", REMEDY))
        return Module(path, str(record.maker), state, tuple(held), children)


def _below(path: str, name: Any) -> str:
    own = name if isinstance(name, str) else f"<{type(name).__name__}>"
    return f"{path}.{own}" if path else own


def _stored(name: str, role: Role, value: TensorRecord) -> Stored:
    return Stored(name, "", role, Tensor(value.shape, value.dtype, value.requires_grad), value.storage)
