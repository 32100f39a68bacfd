"""The tree of modules in a pickle: records -> SourceGraph."""

from collections.abc import Callable
from typing import Any

from parity.adapters.torch._program import Role, Stored, Tensor
from parity.adapters.torch._records import STATE, Record, TensorRecord, is_module
from parity.adapters.torch._suspects import describe
from parity.adapters.torch._tree import Module, source_tree, with_gaps
from parity.errors import UnreadableModel
from parity.graph import WIRING, Gap, SourceGraph
from parity.store import Elements

MOST_WORK = 5_000_000
DEEPEST = 200
NO_WIRING = "a pickled module holds no wiring"
TREE_ONLY = Gap(
    WIRING,
    "a pickled module records which layers exist, not how they are called",
    "save it with torch.export.save (.pt2), or compare the live model with example inputs",
)
REMEDY = "save the model itself with torch.export.save (.pt2) or torch.save(model)"


def module_tree(
    top: Record, form: str, where: str, producer: str, elements: Callable[[TensorRecord], Elements]
) -> SourceGraph:
    """Read the tree of modules.

    Args:
        top: the record of the model.
        form: the name of the format.
        where: the file, as the user named it.
        producer: what wrote it.
        elements: tells where those of a tensor are.

    Raises:
        UnreadableModel: it has no end, or a tensor in it cannot be what the file says.
    """
    reader = _Reader(where, elements)
    modules = reader.modules(top)
    return with_gaps(source_tree(modules, form, where, producer, NO_WIRING), [TREE_ONLY, *reader.gaps])


class _Reader:
    """Walks the records of the modules; collects what cannot be read."""

    def __init__(self, where: str, elements: Callable[[TensorRecord], Elements]) -> None:
        self.where = where
        self.elements = elements
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
                if not is_module(each):
                    self.gaps.append(Gap(below, f"it is not a module but {describe(each)}"))
                elif id(each) in inside:
                    self.gaps.append(Gap(below, "the module contains itself"))
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
                    tensor = described(full, value, self.where)
                    held.append(Stored(full, "", kind, tensor, value.storage, elements=self.elements(value)))
                elif value is not None:
                    self.gaps.append(Gap(full, f"this {role} cannot be read: it is {describe(value)}", REMEDY))
        return Module(path, str(record.maker), state, tuple(held), children)


def _below(path: str, name: Any) -> str:
    own = name if isinstance(name, str) else f"<{type(name).__name__}>"
    return f"{path}.{own}" if path else own


def described(name: str, value: TensorRecord, where: str) -> Tensor:
    """What the file says of a tensor.

    Raises:
        UnreadableModel: it cannot be that.
    """
    if value.fault:
        cause = f"the tensor {name[:200]} is broken"
        raise UnreadableModel(where, cause, found=value.fault, remedy="copy or save the file again")
    return Tensor(value.shape, value.dtype, value.requires_grad)
