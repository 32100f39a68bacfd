"""A live ``nn.Module`` as a tree, where it is not called."""

from typing import Any

from parity.adapters.torch._declared import marks
from parity.adapters.torch._fx import Storages, tensor
from parity.adapters.torch._live_values import Live
from parity.adapters.torch._program import Role, Stored
from parity.adapters.torch._tree import Module, source_tree, with_gaps
from parity.graph import Gap, SourceGraph

MOST_MODULES = 200_000


def live_tree(model: Any, form: str, version: str, reason: str, gap: Gap) -> SourceGraph:
    """Read the tree of modules of a live model.

    Args:
        model: the module.
        form: the name of the format.
        version: of the installed PyTorch.
        reason: why no row has outputs.
        gap: the same for the model as a whole.
    """
    gaps = [gap]
    modules: list[Module] = []
    storages = Storages()
    waiting: list[tuple[str, Any, tuple[int, ...]]] = [("", model, ())]
    while waiting and len(modules) < MOST_MODULES:
        path, module, above = waiting.pop()
        children = [(name, each) for name, each in module._modules.items() if each is not None]  # noqa: SLF001
        kind = type(module)
        held = _held(path, module, storages, gaps)
        told = {**vars(module), **marks(module)}
        modules.append(Module(path, f"{kind.__module__}.{kind.__qualname__}", told, held, bool(children)))
        inside = (*above, id(module))
        for name, each in reversed(children):
            below = f"{path}.{name}" if path else name
            if id(each) in inside:
                gaps.append(Gap(below, "the module contains itself"))
            else:
                waiting.append((below, each, inside))
    producer = f"PyTorch {version.partition('+')[0]}, nn.Module"
    return with_gaps(source_tree(modules, form, type(model).__name__, producer, reason), gaps)


def _held(path: str, module: Any, storages: Storages, gaps: list[Gap]) -> tuple[Stored, ...]:
    found = []
    passing = module._non_persistent_buffers_set  # noqa: SLF001  named_buffers does not tell them apart
    for group, role in ((module._parameters, Role.PARAMETER), (module._buffers, Role.BUFFER)):  # noqa: SLF001
        for name, value in group.items():
            if value is None:
                continue
            full = f"{path}.{name}" if path else name
            kind = Role.NONPERSISTENT if role is Role.BUFFER and name in passing else role
            try:
                told = tensor(value)
                found.append(Stored(full, "", kind, told, storages.identity(value), elements=Live(value)))
            except RuntimeError as error:  # a lazy module that has not been called has no shapes
                gaps.append(Gap(full, str(error).partition("\n")[0], "call the model once"))
    return tuple(found)
