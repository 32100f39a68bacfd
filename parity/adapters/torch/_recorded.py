"""A run of a live module -> ``Program``: calls of layers and the operators between them, as they happened.

For modules that ``torch.export`` refuses because they look at their data. The run works on copies of all tensors.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from itertools import chain
from typing import Any

from parity.adapters.torch._declared import DECLARED, marks
from parity.adapters.torch._fx import Storages, argument, tensor
from parity.adapters.torch._live_values import Live
from parity.adapters.torch._modes import watched
from parity.adapters.torch._program import Op, Program, Ref, Role, Scope, Stored, Tensor
from parity.adapters.torch._source import CONTAINERS
from parity.adapters.torch._tree import ATTENTION, is_plain, settings
from parity.graph import Mode
from parity.kinds import declared

LARGEST = 2 * 2**30
"""Bytes of parameters and buffers; they are copied, so that a forward that changes them leaves the model alone."""


def record(model: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], version: str) -> Program:
    """Run a module and write down what it calls.

    Args:
        model: the module; its hooks run too.
        args: real tensors, by position.
        kwargs: the same by name.
        version: of the installed PyTorch.

    Raises:
        Exception: whatever its forward raises, or MemoryError where it is too large to be copied.
    """
    import torch

    held = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    if sum(each.numel() * each.element_size() for each in held.values()) > LARGEST:
        raise MemoryError(f"a model of more than {LARGEST:,} bytes is not run")
    copies = {name: each.detach().clone() for name, each in held.items()}
    recorder = _Recorder(model, copies)
    inputs = tuple(recorder.name_inputs(model, args, kwargs))
    with (
        torch.no_grad(),
        _layer_by_layer(),
        watched() as asking,
        _watched(torch.nn.Module, recorder.call),
        recorder.mode(),
    ):
        output = torch.func.functional_call(model, copies, args, dict(kwargs))
    given = [*chain(_tensors(tuple(args)), _tensors(dict(kwargs)))]
    found = [(recorder.names[id(each)], key) for key, each in _tensors(output) if id(each) in recorder.names]
    return Program(
        producer=f"PyTorch {version.partition('+')[0]}, recorded calls",
        ops=tuple(recorder.ops),
        tensors=recorder.tensors,
        stored=(*recorder.stored, *recorder.constants.values()),
        inputs=inputs,
        outputs=tuple(name for name, _ in found),
        modules=tuple(name for name, _ in model.named_modules()),
        mode=Mode.EVALUATION if asking else Mode.BOTH,
        input_names=_by_name([key for key, _ in given]),
        output_names=_by_name([key for _, key in found]),
    )


@contextmanager
def _layer_by_layer() -> Iterator[None]:
    """Let a TransformerEncoderLayer call its layers instead of one operator for all of them."""
    import torch

    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(value=False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(value=fast)


@contextmanager
def _watched(kind: Any, call: Callable[..., Any]) -> Iterator[None]:
    """Hand every call of a module to ``call``, with the module's own ``__call__`` first."""
    original = kind.__call__
    kind.__call__ = lambda module, *args, **kwargs: call(original, module, *args, **kwargs)
    try:
        yield
    finally:
        kind.__call__ = original


def _tensors(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """All tensors in a nested value, in order, with the keys on the way to each; places count behind a key only."""
    inside = f"{name}." if name else ""
    if hasattr(value, "untyped_storage"):
        yield name, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _tensors(each, f"{inside}{key}")
    elif isinstance(value, tuple | list):
        for at, each in enumerate(value):
            yield from _tensors(each, f"{inside}{at}" if name else "")
    elif is_dataclass(value):
        for field in fields(value):
            yield from _tensors(getattr(value, field.name), f"{inside}{field.name}")


def _by_name(keys: Sequence[str]) -> tuple[str, ...]:
    """The keys where each tensor has its own; () where some are told by their place."""
    return tuple(keys) if all(keys) and len(set(keys)) == len(keys) else ()


class _Recorder:
    """Names every tensor by its identity, and keeps all of them so that no identity is given twice."""

    def __init__(self, model: Any, copies: Mapping[str, Any]) -> None:
        self.ops: list[Op] = []
        self.tensors: dict[str, Tensor] = {}
        self.names: dict[int, str] = {}
        self.kept: list[Any] = []
        self.stack: list[Scope] = []
        self.counts: dict[str, int] = {}
        self.inside_layer = False
        self.paths = {id(module): path for path, module in reversed([*model.named_modules()])}
        self.constants: dict[str, Stored] = {}
        self.storages = Storages()
        self.stored = [*self.lifted(model)]
        for name, copy in copies.items():
            self.give(copy, f"p_{name}")
        self.attributes = {
            id(value): f"{path}.{name}" if path else name
            for path, module in model.named_modules()
            for name, value in vars(module).items()
            if hasattr(value, "untyped_storage")
        }

    def lifted(self, model: Any) -> Iterator[Stored]:
        saved = {*model.state_dict(keep_vars=True)}
        for name, each in model.named_parameters(remove_duplicate=False):
            yield self.held(name, f"p_{name}", Role.PARAMETER, each)
        for name, each in model.named_buffers(remove_duplicate=False):
            role = Role.BUFFER if name in saved else Role.NONPERSISTENT
            yield self.held(name, f"p_{name}", role, each)

    def held(self, name: str, placeholder: str, role: Role, value: Any) -> Stored:
        return Stored(name, placeholder, role, tensor(value), self.storages.identity(value), elements=Live(value))

    def give(self, value: Any, name: str) -> str:
        self.kept.append(value)
        self.names[id(value)] = name
        self.tensors[name] = tensor(value)
        return name

    def fresh(self, name: str) -> str:
        number = self.counts.get(name, 0)
        self.counts[name] = number + 1
        return f"{name}_{number}" if number else name

    def name_inputs(self, model: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Iterator[str]:
        for name, value in inspect.signature(model.forward).bind(*args, **kwargs).arguments.items():
            found = [each for _, each in _tensors(value)]
            for at, each in enumerate(found):
                yield self.give(each, self.fresh(name if len(found) == 1 else f"{name}_{at}"))

    def reference(self, value: Any) -> Ref:
        """The tensor by name; one that nothing has made is a constant of the source code."""
        name = self.names.get(id(value))
        if name is None:
            own = self.attributes.get(id(value), "")
            name = self.give(value, f"c_{own}" if own else self.fresh("constant"))
            self.constants[name] = self.held(own or name, name, Role.CONSTANT, value)
        return Ref(name)

    def argument(self, value: Any) -> Any:
        return argument(value, lambda each: hasattr(each, "untyped_storage"), self.reference)

    def add(self, name: str, target: str, arguments: dict[str, Any], output: Any) -> None:
        own = self.fresh(name)
        made = [each for _, each in _tensors(output)]
        outputs = tuple(self.give(each, own if not at else f"{own}_out{at}") for at, each in enumerate(made))
        self.ops.append(Op(own, target, arguments, outputs, not made and output is not None, tuple(self.stack)))

    def call(self, original: Any, module: Any, *args: Any, **kwargs: Any) -> Any:
        """A call of a module of the model, or of a layer that it makes itself."""
        path = self.paths.get(id(module))
        if path is None or self.inside_layer:
            return original(module, *args, **kwargs)
        number = self.counts[f"call {path}"] = self.counts.get(f"call {path}", -1) + 1
        kind = f"{type(module).__module__}.{type(module).__qualname__}"
        self.stack.append(Scope(f"{path}@{number}", path, kind))
        try:
            if not _is_layer(module, kind):
                return original(module, *args, **kwargs)
            arguments = self.arguments(module, path, args, kwargs)
            self.inside_layer = True
            output = original(module, *args, **kwargs)
            target = f"{DECLARED}{kind}" if declared(kind) is not None else kind
            self.add(path.replace(".", "_") or "layer", target, arguments, output)
            return output
        finally:
            self.inside_layer = False if _is_layer(module, kind) else self.inside_layer
            self.stack.pop()

    def arguments(self, module: Any, path: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """What a layer is called with, its weights by slot and its settings."""
        given = inspect.signature(module.forward).bind(*args, **kwargs).arguments
        found = {name: self.argument(value) for name, value in given.items()}
        names = [name for name, _ in (*module.named_parameters(), *module.named_buffers())]
        found |= {name: Ref(f"p_{path}.{name}" if path else f"p_{name}") for name in names}
        return {**settings(vars(module)), **marks(module), **found}

    @contextmanager
    def mode(self) -> Iterator[None]:
        """Watch the operators that run outside layers."""
        from torch.utils._python_dispatch import TorchDispatchMode

        recorder = self

        class Watch(TorchDispatchMode):  # type: ignore[misc]  # mypy does not read PyTorch
            def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
                if recorder.inside_layer:
                    return func(*args, **(kwargs or {}))
                names = [each.name for each in func._schema.arguments]  # noqa: SLF001  the names of arguments
                given = {**dict(zip(names, args, strict=False)), **(kwargs or {})}
                arguments = {name: recorder.argument(value) for name, value in given.items()}
                output = func(*args, **(kwargs or {}))
                recorder.add(func._schema.name.rpartition("::")[2], f"torch.ops.{func}", arguments, output)  # noqa: SLF001  same
                return output

        with Watch():
            yield


def _is_layer(module: Any, kind: str) -> bool:
    if declared(kind) is not None:
        return True
    leaf = kind == ATTENTION or not any(True for _ in module.children())
    hooked = module._forward_hooks or module._forward_pre_hooks  # noqa: SLF001  nothing public tells of them
    own = leaf and kind.startswith("torch.nn.modules.") and is_plain(kind, vars(module)) and not hooked
    return bool(own) and type(module).__name__ not in CONTAINERS


def real(value: Any) -> Any:
    """A tensor with elements, for one that was described by shape and dtype only."""
    import torch

    if isinstance(value, Mapping):
        return {name: real(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(real(each) for each in value)
    if not hasattr(value, "untyped_storage"):
        return value
    floating = value.dtype.is_floating_point
    made = torch.rand if floating else torch.zeros
    return made(tuple(value.shape), dtype=value.dtype, device=value.device)
