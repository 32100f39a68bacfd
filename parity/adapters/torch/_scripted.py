"""A live TorchScript module -> ``Program``: PyTorch's conversion to an exported program, with the names put back."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from parity.adapters.torch._fx import Storages, program, tensor
from parity.adapters.torch._live_values import Live
from parity.adapters.torch._program import Op, Program, Role, Scope, Stored
from parity.adapters.torch._script import MANGLED, ROOT
from parity.adapters.torch._simplify import references


def scripted(model: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Program:
    """Convert a module, without running it.

    The conversion takes every parameter for a buffer and forgets which module an operator was called in; the module
    still knows the first, and the weights that an operator uses tell the second.

    Args:
        model: a ``torch.jit.ScriptModule``.
        args: tensors as it is called with, by position.
        kwargs: the same by name.

    Raises:
        Exception: whatever the conversion raises for code that it cannot convert.
    """
    import torch
    from torch._export.converter import TS2EPConverter

    with _evaluating(model):
        exported = TS2EPConverter(model, args, dict(kwargs)).convert()
    converted = program(exported, torch.__version__)
    stored = tuple(_stored(model, converted, exported.constants))
    classes = {path: _class_of(each) for path, each in model.named_modules()}
    owners = {each.placeholder: each.name.rpartition(".")[0] for each in stored}
    ops = tuple(replace(op, stack=_stack(op, owners, classes)) for op in converted.ops)
    producer = f"PyTorch {torch.__version__.partition('+')[0]}, TorchScript"
    return replace(converted, producer=producer, ops=ops, stored=stored, modules=tuple(classes))


def _class_of(module: Any) -> str:
    """The Python class: ``__torch__.torch.nn.modules.conv.___torch_mangle_7.Conv2d`` without what TorchScript adds."""
    name = str(module._c._type().qualified_name())  # noqa: SLF001  nothing public tells it
    return MANGLED.sub("", name).removeprefix(f"{ROOT}.")


def _stored(model: Any, converted: Program, constants: Mapping[str, Any]) -> Iterator[Stored]:
    """The module's own tensors under its names, those that no operator uses included, and the program's constants.

    Parameters that an attribute holds in a list, as those of recurrent layers, have become constants.
    """
    storages = Storages()
    lifted = {storages.identity(value): name for name, value in constants.items() if hasattr(value, "untyped_storage")}
    known = {each.name: each for each in converted.stored}
    parameters = dict(model.named_parameters(remove_duplicate=False))
    for name, value in (*parameters.items(), *model.named_buffers(remove_duplicate=False)):
        role = Role.PARAMETER if name in parameters else Role.BUFFER
        identity = storages.identity(value)
        found = known.pop(name, None) or known.pop(lifted.get(identity, ""), None)
        placeholder = found.placeholder if found else ""
        yield Stored(name, placeholder, role, tensor(value), identity, elements=Live(value))
    yield from known.values()


def _stack(op: Op, owners: Mapping[str, str], classes: Mapping[str, str]) -> tuple[Scope, ...]:
    """The module whose weights an operator uses, where these are of one module."""
    used = [owners[name] for value in op.arguments.values() for name in references(value) if name in owners]
    owner = used[0] if used else ""
    if not owner or owner not in classes or set(used) != {owner}:
        return ()
    return (Scope(f"{owner}@{op.name}", owner, classes[owner]),)


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    """Every submodule in evaluation mode, and quiet; TorchScript keeps the mode where Python's attributes are not."""
    modes = [(module, module.training) for module in model.modules()]
    disabled = logging.root.manager.disable
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            logging.disable(logging.CRITICAL)
            for module, _ in modes:
                module.training = False
            yield
    finally:
        logging.disable(disabled)
        for module, mode in modes:
            module.training = mode
