"""A live ``ExportedProgram`` -> ``Program``. Nothing is imported: what an object is shows in its attributes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from parity.adapters.torch._call_spec import live, names_of_inputs, names_of_outputs
from parity.adapters.torch._dtypes import plain
from parity.adapters.torch._lifted import as_parameters
from parity.adapters.torch._live_values import Live
from parity.adapters.torch._program import Body, Op, Program, Ref, Role, Scope, Stored, Tensor
from parity.kinds import is_stored_mask

ROLES = {"PARAMETER": Role.PARAMETER, "BUFFER": Role.BUFFER, "CONSTANT_TENSOR": Role.CONSTANT}
TORCH_VALUES = ("dtype", "memory_format", "layout", "device")


class Storages:
    """Numbers the storages of live tensors, so that tied ones are seen as one."""

    def __init__(self) -> None:
        """Begin to count."""
        self.numbers: dict[int, int] = {}
        self.kept: list[Any] = []

    def identity(self, tensor: Any) -> str:
        """The same text for tensors of the same elements."""
        try:
            storage = tensor.untyped_storage()
            address, offset = int(storage._cdata), int(tensor.storage_offset())  # noqa: SLF001  its only identity on meta
        except (RuntimeError, NotImplementedError, AttributeError):  # sparse and wrapped tensors have none
            storage, address, offset = tensor, id(tensor), 0
        self.kept.append(storage)  # or its address might be given to another
        return f"{self.numbers.setdefault(address, len(self.numbers))}+{offset}:{tensor.numel()}"


def program(exported: Any, version: str) -> Program:
    """Map an ``ExportedProgram``.

    Args:
        exported: the program.
        version: of the installed PyTorch.
    """
    graph = _Graph(exported.graph_module)
    signature = exported.graph_signature
    users = [spec.arg for spec in signature.input_specs if spec.kind.name == "USER_INPUT"]
    results = [spec.arg for spec in signature.output_specs if spec.kind.name in ("USER_OUTPUT", "LOSS_OUTPUT")]
    made = Program(
        producer=f"PyTorch {version.partition('+')[0]}, torch.export",
        ops=tuple(graph.ops()),
        tensors=graph.tensors,
        stored=tuple(_stored(exported)),
        inputs=tuple(each.name for each in users if _is_tensor_argument(each)),
        outputs=tuple(each.name for each in results if _is_tensor_argument(each)),
        modules=tuple(each.fqn for each in exported.module_call_graph),
        input_names=names_of_inputs(live(exported.call_spec.in_spec), [*map(_is_tensor_argument, users)]),
        output_names=names_of_outputs(live(exported.call_spec.out_spec), [*map(_is_tensor_argument, results)]),
    )
    return as_parameters(made, lambda each: each.storage)


def _is_tensor_argument(argument: Any) -> bool:
    return type(argument).__name__ == "TensorArgument"


def tensor(value: Any) -> Tensor:
    """What a live or fake tensor says of itself."""
    return Tensor(tuple(_number(size) for size in value.shape), plain(value.dtype), bool(value.requires_grad))


def argument(value: Any, is_reference: Callable[[Any], bool], refer: Callable[[Any], Any]) -> Any:
    """An argument in plain Python.

    Args:
        value: the argument.
        is_reference: whether a part of it stands for a tensor of the program.
        refer: what such a part becomes.
    """
    if is_reference(value):
        return refer(value)
    if isinstance(value, tuple | list):
        return tuple(argument(each, is_reference, refer) for each in value)
    if isinstance(value, dict):
        return {str(name): argument(each, is_reference, refer) for name, each in value.items()}
    if type(value).__module__ == "torch" and type(value).__name__ in TORCH_VALUES:
        return plain(value)
    if value is None or isinstance(value, bool | int | float | complex | str):
        return value
    return _number(value) if hasattr(value, "node") else str(value)


def _stored(exported: Any) -> Iterator[Stored]:
    storages = Storages()
    state: Mapping[str, Any] = exported.state_dict
    constants: Mapping[str, Any] = exported.constants
    for spec in exported.graph_signature.input_specs:
        role = ROLES.get(spec.kind.name)
        if role is None:
            continue
        if role is Role.BUFFER and spec.persistent is False:
            role = Role.NONPERSISTENT
        value = state[spec.target] if spec.target in state else constants[spec.target]
        identity = storages.identity(value)
        found = Stored(spec.target, spec.arg.name, role, tensor(value), identity, elements=Live(value))
        if role is Role.PARAMETER and value.dim() == 1 and _has_numbers(value):
            found = replace(found, zeros=not value.detach().any().item())
        known = found.is_table or (found.may_be_mask and _has_numbers(value) and _is_mask(value.detach()))
        yield replace(found, numbers=_numbers(value)) if known else found


def _is_mask(value: Any) -> bool:
    return is_stored_mask(value.double().cpu().numpy())


def _numbers(value: Any) -> tuple[float, ...] | None:
    """The elements of a tensor, if it has any."""
    return tuple(value.detach().flatten().tolist()) if _has_numbers(value) and not value.is_complex() else None


def _has_numbers(value: Any) -> bool:
    return not (value.device.type == "meta" or value.is_sparse or type(value).__name__ == "FakeTensor")


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "untyped_storage") and hasattr(value, "shape")


def _number(value: Any) -> Any:
    """A size or number: plain where it is known, else its expression."""
    node = getattr(value, "node", None)
    if node is None:
        return value
    known = node.maybe_as_int() if hasattr(node, "maybe_as_int") else None
    return str(node.expr) if known is None else known


class _Graph:
    """One ``torch.fx`` graph; ``module`` holds the graphs inside it."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.nodes = list(module.graph.nodes)
        values = {node.name: node.meta.get("val") for node in self.nodes}
        self.tensors = {name: tensor(value) for name, value in values.items() if _is_tensor(value)}
        self.parts: dict[str, dict[int, str]] = {}
        for node in self.nodes:
            if _is_getitem(node):
                self.parts.setdefault(node.args[0].name, {})[node.args[1]] = node.name

    def ops(self) -> Iterator[Op]:
        for node in self.nodes:
            if node.op == "call_function" and not _is_getitem(node):
                outputs = tuple(self.outputs(node))
                scalars = not outputs and node.meta.get("val") is not None
                yield Op(node.name, _target(node.target), self.arguments(node), outputs, scalars, _stack(node))

    def outputs(self, node: Any) -> Iterator[str]:
        value = node.meta.get("val")
        if _is_tensor(value):
            yield node.name
        elif isinstance(value, tuple | list):
            for place, each in enumerate(value):
                if _is_tensor(each):
                    name = self.parts.get(node.name, {}).get(place, f"{node.name}_unused_{place}")
                    self.tensors.setdefault(name, tensor(each))
                    yield name

    def arguments(self, node: Any) -> dict[str, Any]:
        schema = getattr(node.target, "_schema", None)
        names = [each.name for each in schema.arguments] if schema is not None else []
        given = zip_longest(names[: len(node.args)], node.args, fillvalue=None)
        found = {name or str(place): self.argument(value) for place, (name, value) in enumerate(given)}
        found.update({name: self.argument(value) for name, value in node.kwargs.items()})
        return found

    def argument(self, value: Any) -> Any:
        return argument(value, lambda each: hasattr(each, "op") and hasattr(each, "meta"), self.reference)

    def reference(self, node: Any) -> Any:
        if node.op == "get_attr":
            inner = self.module
            for part in str(node.target).split("."):
                inner = getattr(inner, part)
            return _body(str(node.target), inner) if hasattr(inner, "graph") else str(node.target)
        value = node.meta.get("val")
        return Ref(node.name) if _is_tensor(value) else self.argument(value)


def _body(name: str, module: Any) -> Body:
    graph = _Graph(module)
    ops = tuple(graph.ops())
    inputs = tuple(node.name for node in graph.nodes if node.op == "placeholder")
    result = next(node for node in graph.nodes if node.op == "output").args[0]
    results = result if isinstance(result, tuple | list) else (result,)
    outputs = tuple(node.name if _is_tensor(getattr(node, "meta", {}).get("val")) else None for node in results)
    return Body(name, inputs, outputs, ops, graph.tensors)


def _is_getitem(node: Any) -> bool:
    return node.op == "call_function" and getattr(node.target, "__name__", "") == "getitem"


def _target(target: Any) -> str:
    if hasattr(target, "_schema"):
        return f"torch.ops.{target}"
    if type(target).__module__.startswith("torch._higher_order_ops") or hasattr(target, "_ops"):
        return f"torch.ops.higher_order.{target}"
    return f"{getattr(target, '__module__', '')}.{getattr(target, '__name__', target)}"


def _stack(node: Any) -> tuple[Scope, ...]:
    found = []
    for key, (path, kind) in (node.meta.get("nn_module_stack") or {}).items():
        named = kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"
        found.append(Scope(str(key), str(path), named))
    return tuple(found)
