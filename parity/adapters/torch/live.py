"""A live ``nn.Module``, traced by ``torch.export`` without computing anything, or a live ``ExportedProgram``."""

from collections.abc import Mapping, Sequence
from typing import Any

from parity.adapters._formats import Format, Inputs
from parity.adapters.torch._fx import Storages, program, tensor
from parity.adapters.torch._program import Role, Stored
from parity.adapters.torch._source import source_graph
from parity.adapters.torch._tree import Module, source_tree, with_gaps
from parity.errors import UnreadableModel, UsageError
from parity.graph import Evidence, Framework, Gap, SourceGraph

MODULE = ("torch.nn.modules.module", "Module")
PROGRAM = ("torch.export.exported_program", "ExportedProgram")
SCRIPT = ("torch.jit._script", "ScriptModule")
MOST_MODULES = 200_000
NO_INPUTS = "without example inputs a module shows which layers exist, not how they are called"
REFUSED = "export it with torch.export.export and pass the ExportedProgram, or pass other example inputs"
REMEDY = "pass example inputs: inputs=[(1, 3, 224, 224)]"


def recognise(source: Any) -> bool:
    """Whether an object is a module or an exported program; PyTorch is not imported to find out."""
    return _is(source, MODULE) or _is(source, PROGRAM)


def read(source: Any, inputs: Inputs | None = None) -> SourceGraph:
    """Read a live object without changing it.

    Args:
        source: an ``nn.Module``, also one on the meta device, or an ``ExportedProgram``.
        inputs: what the module is to be called with, by position or by name; not needed for a program.

    Raises:
        UnreadableModel: it is a TorchScript module.
        UsageError: the inputs are not understood.
    """
    import torch

    from parity.adapters.torch._untouched import evaluating

    if _is(source, PROGRAM):
        return source_graph(program(source, torch.__version__), FORMAT.name, "ExportedProgram")
    model = getattr(source, "_orig_mod", source)  # torch.compile wraps the module that it was given
    name = type(model).__name__
    if _is(model, SCRIPT):
        raise UnreadableModel(name, "it is a TorchScript module", remedy="pass the nn.Module that it was made from")
    if inputs is None:
        return with_gaps(_tree(model, torch.__version__, NO_INPUTS), [Gap("model", NO_INPUTS, REMEDY)])
    args, kwargs = _arguments(model, inputs)
    try:
        with evaluating(model):
            exported = torch.export.export(model, args, kwargs, strict=False)
            return source_graph(program(exported, torch.__version__), FORMAT.name, name)
    except Exception as error:  # noqa: BLE001  the user's own forward may raise anything
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = f"torch.export refused the module: {lines[0] if lines else type(error).__name__}"
        return with_gaps(
            _tree(model, torch.__version__, "the module could not be traced"), [Gap("model", reason, REFUSED)]
        )


def _is(source: Any, known: tuple[str, str]) -> bool:
    return any((each.__module__, each.__name__) == known for each in type(source).__mro__)


def _arguments(model: Any, inputs: Inputs) -> tuple[tuple[Any, ...], dict[str, Any]]:
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    if not isinstance(inputs, Mapping) and inputs and all(type(each) is int for each in inputs):
        raise UsageError(
            "cannot use the example inputs",
            "inputs= is a sequence of inputs, each with a shape of its own",
            found=str(tuple(inputs)),
            remedy=f"inputs=[{tuple(inputs)}]",
        )
    held = next((each for each in (*model.parameters(), *model.buffers())), None)
    device = held.device if held is not None else "cpu"
    # Fake tensors have sizes and no data, so that large inputs cost nothing.
    with FakeTensorMode(shape_env=ShapeEnv(), allow_non_fake_inputs=True):
        if isinstance(inputs, Mapping):
            return (), {str(name): _example(value, device) for name, value in inputs.items()}
        return tuple(_example(value, device) for value in inputs), {}


def _example(value: Any, device: Any) -> Any:
    """A tensor like the one described; anything else is passed on as it is."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return _empty(tuple(value.shape), str(value.dtype).removeprefix("torch."), device)
    if isinstance(value, Mapping):
        return {name: _example(each, device) for name, each in value.items()}
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        return value
    if all(type(each) is int for each in value):
        return _empty(tuple(value), "float32", device)
    if len(value) == 2 and isinstance(value[0], Sequence) and isinstance(value[1], str):  # noqa: PLR2004  shape and dtype
        return _empty(tuple(value[0]), value[1], device)
    found = [_example(each, device) for each in value]
    return tuple(found) if isinstance(value, tuple) else found


def _empty(shape: tuple[int, ...], dtype: str, device: Any) -> Any:
    import torch

    kind = getattr(torch, dtype, None)
    if not isinstance(kind, torch.dtype):
        raise UsageError("cannot use the example inputs", "PyTorch has no such dtype", found=dtype)
    return torch.empty(shape, dtype=kind, device=device)


def _tree(model: Any, version: str, reason: str) -> SourceGraph:
    gaps: list[Gap] = []
    modules: list[Module] = []
    storages = Storages()
    waiting: list[tuple[str, Any, tuple[int, ...]]] = [("", model, ())]
    while waiting and len(modules) < MOST_MODULES:
        path, module, above = waiting.pop()
        children = [(name, each) for name, each in module._modules.items() if each is not None]  # noqa: SLF001
        kind = type(module)
        held = _held(path, module, storages, gaps)
        modules.append(Module(path, f"{kind.__module__}.{kind.__qualname__}", vars(module), held, bool(children)))
        inside = (*above, id(module))
        for name, each in reversed(children):
            below = f"{path}.{name}" if path else name
            if id(each) in inside:
                gaps.append(Gap(below, "the module holds itself"))
            else:
                waiting.append((below, each, inside))
    producer = f"PyTorch {version.partition('+')[0]}, nn.Module"
    return with_gaps(source_tree(modules, FORMAT.name, type(model).__name__, producer, reason), gaps)


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
                found.append(Stored(full, "", kind, tensor(value), storages.identity(value)))
            except RuntimeError as error:  # a lazy module that has not been called has no shapes
                gaps.append(Gap(full, str(error).partition("\n")[0], "call the model once"))
    return tuple(found)


FORMAT = Format(
    name="torch-live",
    framework=Framework.TORCH,
    title="live nn.Module or ExportedProgram",
    suffixes=(),
    evidence=Evidence.GRAPH,
    recognise=recognise,
    read=read,
    live=True,
)
