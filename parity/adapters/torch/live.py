"""A live ``nn.Module``, traced by ``torch.export`` without computing anything, or a live ``ExportedProgram``."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any

from parity.adapters._formats import Format, Inputs
from parity.adapters.torch import _running
from parity.errors import UnreadableModel, UsageError
from parity.graph import WIRING, Container, Evidence, Framework, Gap, Shape, SourceGraph

MODULE = ("torch.nn.modules.module", "Module")
PROGRAM = ("torch.export.exported_program", "ExportedProgram")
SCRIPT = ("torch.jit._script", "ScriptModule")
NO_INPUTS = "without example inputs a module shows which layers exist, not how they are called"
UNTRACED = "the module could not be traced"
REFUSED = "export it with torch.export.export and pass the ExportedProgram, or pass other example inputs"
LAZY = "the shapes of its lazy modules could not be inferred"
RECORDED = "the calls on the example inputs were recorded; other inputs may take another path"
ORIGINAL = "pass the nn.Module that it was made from"
REMEDY = "pass example inputs: inputs=[(1, 3, 224, 224)]"


Args = tuple[Any, ...]
Kwargs = dict[str, Any]


def recognise(source: Any) -> bool:
    """Whether an object is a module or an exported program; PyTorch is not imported to find out."""
    return _is(source, MODULE) or _is(source, PROGRAM)


def read(source: Any, inputs: Inputs | None = None) -> SourceGraph:
    """Read a live object without changing it.

    Args:
        source: an ``nn.Module``, also one on the meta device, a TorchScript module, or an ``ExportedProgram``.
        inputs: what the module is to be called with, by position or by name; not needed for a program.

    Raises:
        UnreadableModel: it is a TorchScript module that cannot be converted, or one without example inputs.
        UsageError: the inputs are not understood.
    """
    import torch

    # Only who reads a live object pays for these.
    from parity.adapters.torch._fx import program
    from parity.adapters.torch._live_tree import live_tree
    from parity.adapters.torch._source import source_graph

    if _is(source, PROGRAM):
        return source_graph(program(source, torch.__version__), FORMAT.name, "ExportedProgram")
    model = getattr(source, "_orig_mod", source)  # torch.compile wraps the module that it was given
    name = type(model).__name__
    if _is(model, SCRIPT):
        return _of_script(model, inputs)
    if inputs is None:
        return live_tree(model, FORMAT.name, torch.__version__, NO_INPUTS, Gap(WIRING, NO_INPUTS, REMEDY))
    return _called(model, inputs, name)


def for_samples(source: Any, inputs: Inputs | None, graph: SourceGraph, beside: Sequence[Shape | None]) -> SourceGraph:
    """Trace a module for several samples, where one does not tell what it does to a batch; else as it is."""
    from parity.adapters.torch._samples import for_several

    more = for_several(graph, inputs, beside) if _is(source, MODULE) and graph.evidence is Evidence.GRAPH else None
    if more is None:
        return graph
    again = read(source, more)
    return again if again.evidence is Evidence.GRAPH and not again.gaps else graph


def _of_script(model: Any, inputs: Inputs | None) -> SourceGraph:
    from parity.adapters.torch._recorded import real
    from parity.adapters.torch._scripted import scripted
    from parity.adapters.torch._source import source_graph

    name = str(model.original_name)
    if inputs is None:
        raise UnreadableModel(name, "it is a TorchScript module", remedy=f"{REMEDY}, or name its file")
    args, kwargs = _arguments(inputs, _device(model))
    converted = _attempt(lambda: scripted(model, real(args), real(kwargs)))
    if isinstance(converted, str):
        raise UnreadableModel(name, f"its TorchScript cannot be converted: {converted}", remedy=ORIGINAL)
    return source_graph(converted, FORMAT.name, name)


def _called(model: Any, inputs: Inputs, name: str) -> SourceGraph:
    """What a module calls: as torch.export tells it, else as it runs, else its tree with the reasons."""
    import torch

    from parity.adapters.torch._fx import program
    from parity.adapters.torch._live_tree import live_tree
    from parity.adapters.torch._modes import as_trained, watched
    from parity.adapters.torch._source import source_graph
    from parity.adapters.torch._tree import with_gaps

    lacking = ""
    if any(torch.nn.parameter.is_lazy(each) for each in (*model.parameters(), *model.buffers())):
        copy = _attempt(partial(_materialised, model, inputs))
        model, lacking = (model, f"{LAZY}: {copy}") if isinstance(copy, str) else (copy, "")
    device = _device(model)
    args, kwargs = _arguments(inputs, device)
    others: list[str] = []
    with watched() as asking:
        exported = lacking or _attempt(partial(_exported, model, args, kwargs, device, others))
    if not isinstance(exported, str):
        again = partial(_trained, model, args, kwargs, device)
        traced = as_trained(program(exported, torch.__version__), model, asking, again)
        graph = _with_modules(source_graph(traced, FORMAT.name, name, model), model)
        return replace(graph, outputs_left_out=tuple(dict.fromkeys(others)))
    reason = lacking or f"torch.export refused the module: {exported}"
    recorded = lacking or _attempt(
        lambda: _with_modules(source_graph(_recorded(model, args, kwargs, device), FORMAT.name, name), model),
    )
    if not isinstance(recorded, str):
        return with_gaps(recorded, [Gap(WIRING, f"{reason}; {RECORDED}", REFUSED)])
    more = "" if lacking else f"; running it failed too: {recorded}"
    return live_tree(model, FORMAT.name, torch.__version__, UNTRACED, Gap(WIRING, reason + more, REFUSED))


def _with_modules(graph: SourceGraph, model: Any) -> SourceGraph:
    """The graph with the modules that no call shows: those that only list others, and those that do nothing."""
    holding = {each.path for each in graph.containers}
    leaves = {row.path for row in graph.layers} - holding
    more = []
    for path, module in model.named_modules():
        around = (path[:at] for at, letter in enumerate(path) if letter == ".")
        if path and path not in holding and path not in leaves and leaves.isdisjoint(around):
            more.append(Container(path, type(module).__name__))
    return replace(graph, containers=(*graph.containers, *more))


def _attempt(work: Callable[[], Any]) -> Any:
    """What comes out, or the first line of why nothing does."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001  the user's own forward may raise anything
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        return lines[0] if lines else type(error).__name__


def _trained(model: Any, args: Args, kwargs: Kwargs, device: Any) -> Any:
    """What a module does in training, or None where that cannot be traced."""
    import torch

    from parity.adapters.torch._fx import program

    exported = _attempt(partial(_exported, model, args, kwargs, device, [], training=True))
    return None if isinstance(exported, str) else program(exported, torch.__version__)


def _exported(model: Any, args: Args, kwargs: Kwargs, device: Any, others: list[str], *, training: bool = False) -> Any:
    """The program of a module in evaluation mode, or in training mode; ``others`` gets the outputs left out of it."""
    import torch

    from parity.adapters.torch._untouched import evaluating, giving_tensors

    # What a forward on the meta device makes without naming a device must be there too.
    meta = torch.device(device) if device.type == "meta" else nullcontext()
    with evaluating(model, training=training), giving_tensors(model, others), meta:
        return torch.export.export(model, args, kwargs, strict=False)


def _recorded(model: Any, args: Args, kwargs: Kwargs, device: Any) -> Any:
    """What a module calls when it runs."""
    import torch

    from parity.adapters.torch._recorded import real, record
    from parity.adapters.torch._untouched import evaluating

    if device.type == "meta":
        raise UsageError("cannot run the module", "it is on the meta device, where tensors have no elements")
    with evaluating(model):
        torch.manual_seed(0)
        return record(model, tuple(real(each) for each in args), real(kwargs), torch.__version__)


def _materialised(model: Any, inputs: Inputs) -> Any:
    """A copy on the meta device, called once, so that its lazy modules have become what they stand for."""
    import torch

    from parity.adapters.torch._untouched import evaluating

    def without_elements(value: Any) -> Any:
        if torch.nn.parameter.is_lazy(value):
            return type(value)(device="meta", dtype=value.dtype, requires_grad=value.requires_grad)
        found = torch.empty_like(value, device="meta")
        return torch.nn.Parameter(found, value.requires_grad) if isinstance(value, torch.nn.Parameter) else found

    with evaluating(model), torch.no_grad():
        copy = deepcopy(model, {id(each): without_elements(each) for each in (*model.parameters(), *model.buffers())})
        args, kwargs = _arguments(inputs, torch.device("meta"))
        copy(*args, **kwargs)
        return copy


def _is(source: Any, known: tuple[str, str]) -> bool:
    return any((each.__module__, each.__name__) == known for each in type(source).__mro__)


def _device(model: Any) -> Any:
    import torch

    held = next((each for each in (*model.parameters(), *model.buffers())), None)
    return torch.device("cpu") if held is None else held.device


def _arguments(inputs: Inputs, device: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    if not isinstance(inputs, Mapping) and inputs and all(type(each) is int for each in inputs):
        raise UsageError(
            "cannot use the example inputs",
            "inputs= is a sequence of inputs, each with a shape of its own",
            found=str(tuple(inputs)),
            remedy=f"inputs=[{tuple(inputs)}]",
        )
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
    if len(value) == 2 and isinstance(value[0], Sequence) and isinstance(value[1], str):  # shape and dtype
        return _empty(tuple(value[0]), value[1], device)
    found = [_example(each, device) for each in value]
    return tuple(found) if isinstance(value, tuple) else found


def _empty(shape: tuple[int, ...], dtype: str, device: Any) -> Any:
    import torch

    kind = getattr(torch, dtype, None)
    if not isinstance(kind, torch.dtype):
        raise UsageError("cannot use the example inputs", "PyTorch has no dtype of that name", found=dtype)
    return torch.empty(shape, dtype=kind, device=device)


FORMAT = Format(
    name="torch-live",
    framework=Framework.TORCH,
    title="live nn.Module or ExportedProgram",
    suffixes=(),
    evidence=Evidence.GRAPH,
    recognise=recognise,
    read=read,
    live=True,
    samples=for_samples,
    runs=_running.runs,
)
