"""A module or an exported program runs in PyTorch, and what each module or operator makes is kept."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from parity.adapters._running import TRUST, Array, Feed, Ran
from parity.errors import UsageError
from parity.graph import Container, SourceGraph, SourceLayer


def load_program(path: Path, *, trust: bool) -> Any:
    """Load an exported program; without trust none that calls anything but operators, and no pickle of anything else.

    Raises:
        UsageError: nobody trusts it.
    """
    import torch

    from parity.adapters.torch._screening import own_code

    if not trust and (code := own_code(path)):
        raise UsageError(
            f"cannot run {str(path)!r}", "it calls code that is not PyTorch's own", found=code, remedy=TRUST
        )
    kept, torch.load = torch.load, torch.load if trust else _weights_only(torch.load)
    try:
        return torch.export.load(path)
    finally:
        torch.load = kept


def _weights_only(load: Any) -> Any:
    def loaded(*args: Any, **kwargs: Any) -> Any:
        return load(*args, **{**kwargs, "weights_only": True})

    return loaded


def load_module(path: Path, *, trust: bool) -> Any:
    """Load a pickled module, which runs whatever its pickle says.

    Raises:
        UsageError: nobody trusts it, or it holds no module.
    """
    import torch

    if not trust:
        cause = "it is a pickle, and loading it runs the code that it names"
        raise UsageError(f"cannot run {str(path)!r}", cause, remedy=TRUST)
    found = torch.load(path, map_location="cpu", weights_only=False)
    if not isinstance(found, torch.nn.Module):
        cause = "it holds no module that could be called"
        raise UsageError(f"cannot run {str(path)!r}", cause, found=type(found).__name__, remedy="save the whole module")
    return found


def load_script(path: Path, *, trust: bool) -> Any:
    """Load a TorchScript module, whose code may read and write files.

    Raises:
        UsageError: nobody trusts it.
    """
    import torch

    if not trust:
        raise UsageError(f"cannot run {str(path)!r}", "TorchScript is code of its author's own", remedy=TRUST)
    return torch.jit.load(str(path), map_location="cpu")


def runs(model: Any, graph: SourceGraph, feed: Feed) -> Ran:
    """Run a live module or program in evaluation mode.

    Args:
        model: it.
        graph: the same as it was read.
        feed: what it is called with.
    """
    import torch

    producer = f"PyTorch {torch.__version__.partition('+')[0]}"
    device = next((each.device for each in _tensors(model)), torch.device("cpu"))
    types = [graph.values[value].dtype for value in graph.inputs] or [None] * len(feed.arrays)
    arrays = [_tensor(each, dtype, device) for each, dtype in zip(feed.arrays, types, strict=True)]
    with torch.no_grad():
        if not isinstance(model, torch.nn.Module):
            values = _interpreted(model, graph, arrays)
            return Ran(producer, [values[each] for each in graph.outputs], values)
        return Ran(producer, *_called(model, graph, feed.names, arrays))


def _tensors(model: Any) -> Iterator[Any]:
    if hasattr(model, "parameters"):
        yield from model.parameters()


def _tensor(array: Array, dtype: str | None, device: Any) -> Any:
    import torch

    found = torch.from_numpy(array.copy()).to(device)
    kind = getattr(torch, dtype or "", None)
    return found.to(kind) if isinstance(kind, torch.dtype) else found


def _array(tensor: Any) -> Array:
    """A copy, since operators in place may change the tensor afterwards; numpy has no narrow floating-point types."""
    import torch

    found = tensor.detach().cpu()
    found = found.dequantize() if found.is_quantized else found
    found = found.to_dense() if found.layout is not torch.strided else found
    narrow = found.is_floating_point() and found.dtype not in {torch.float64, torch.float32, torch.float16}
    return (found.float() if narrow else found).numpy().copy()  # type: ignore[no-any-return]  # PyTorch has no types here


def _leaves(made: Any) -> list[Any]:
    import torch

    return [each for each in torch.utils._pytree.tree_leaves(made) if isinstance(each, torch.Tensor)]  # noqa: SLF001


def _interpreted(program: Any, graph: SourceGraph, arrays: Sequence[Any]) -> dict[str, Array]:
    """Every value of a program, operator by operator."""
    import torch

    found: dict[str, Array] = {}

    class Kept(torch.fx.Interpreter):  # type: ignore[misc]  # it has no types
        def run_node(self, node: Any) -> Any:
            made = super().run_node(node)
            if node.name in graph.values and isinstance(made, torch.Tensor):
                found[node.name] = _array(made)
            return made

    given = dict(zip(graph.inputs, arrays, strict=True))
    stored = {**program.constants, **program.state_dict}
    held = {spec.arg.name: stored[spec.target] for spec in program.graph_signature.input_specs if spec.target in stored}
    fixed = {spec.arg.name: getattr(spec.arg, "value", None) for spec in program.graph_signature.input_specs}
    names = [node.name for node in program.graph_module.graph.nodes if node.op == "placeholder"]
    Kept(program.graph_module).run(*[given.get(name, held.get(name, fixed.get(name))) for name in names])
    return found


def _called(
    model: Any, graph: SourceGraph, names: Sequence[str], arrays: Sequence[Any]
) -> tuple[list[Array], dict[str, Array]]:
    """The outputs of a module, and what its modules made."""
    from parity.adapters.torch._untouched import evaluating

    with evaluating(model), _heard(model) as heard:
        made = model(**dict(zip(names, arrays, strict=True))) if names else model(*arrays)
    values = _by_value(heard, graph) if graph.values else _by_path(heard)
    return [_array(each) for each in _leaves(made)], values


Heard = Mapping[str, list[Array]]


@contextmanager
def _heard(model: Any) -> Iterator[Heard]:
    """What each module makes, call by call, while it runs; the code of TorchScript does not tell."""
    import torch

    found: dict[str, list[Array]] = {}

    def listener(path: str) -> Any:
        def hear(_module: Any, _inputs: Any, made: Any) -> None:
            leaves = _leaves(made)
            if leaves:
                found.setdefault(path, []).append(_array(leaves[0]))

        return hear

    own = [] if isinstance(model, torch.jit.ScriptModule) else [*model.named_modules()]
    hooks = [each.register_forward_hook(listener(path)) for path, each in own if path]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def _by_value(heard: Heard, graph: SourceGraph) -> dict[str, Array]:
    """What was heard, by the values of the graph that it is: the row of a module lists one for each call."""
    rows: list[SourceLayer | Container] = [*graph.layers, *graph.containers]
    called = [(row.outputs, heard.get(row.path, [])) for row in rows]
    return {
        value: array
        for values, arrays in called
        if len(values) == len(arrays)
        for value, array in zip(values, arrays, strict=True)
        if graph.values[value].shape in {None, array.shape}
    }


def _by_path(heard: Heard) -> dict[str, Array]:
    return {
        f"{path}@{at}" if at > 1 else path: array
        for path, calls in heard.items()
        for at, array in enumerate(calls, start=1)
    }
