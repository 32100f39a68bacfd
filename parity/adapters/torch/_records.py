"""What a pickle turns into here: inert records of the classes, calls, storages and tensors that it names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from parity.adapters.torch._dtypes import STORAGES, plain

MOST_AXES = 64
LARGEST_SIZE = 2**63
SCALARS = (str, int, float, bool, bytes, complex, type(None))


@dataclass(frozen=True, slots=True)
class Global:
    """A class or function that the pickle names; it is never looked up."""

    module: str
    name: str

    def __str__(self) -> str:
        """The dotted name."""
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Record:
    """An object of a class, or the result of a call, that was written down instead of being made."""

    maker: Any
    args: Any = ()
    called: bool = False
    state: dict[Any, Any] = field(default_factory=dict)
    items: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Storage:
    """The stored elements behind tensors; ``dtype`` is None for an untyped one."""

    key: str
    dtype: str | None


@dataclass(slots=True, eq=False)
class TensorRecord:
    """A tensor: a view of a storage, or of nothing where the tensor was on the meta device."""

    shape: tuple[int, ...]
    dtype: str
    storage: str
    requires_grad: bool | None = None
    parameter: bool = False


class Unnamed:
    """Stands in a dict for a key that is no plain value, whose hash could take for ever."""


def key(value: Any) -> Any:
    """A dict key that is safe to hash."""
    return value if isinstance(value, (*SCALARS, Global)) else Unnamed()


def storage(pid: Any) -> Any:
    """Read a persistent id: a storage, or the class of a module with its source in old files."""
    match pid:
        case ("storage", Global(name=name), str() | int() as number, *_):
            return Storage(str(number), STORAGES.get(name))
        case ("module", Global() as found, *_):
            return found
        case _:
            return Record(Global("", "persistent_load"), (pid,))


def call(function: Any, args: Any) -> Any:
    """Write a call down; the few that only state data are read as that data."""
    known = REBUILDERS.get((function.module, function.name)) if isinstance(function, Global) else None
    if known and isinstance(args, tuple):
        try:
            return known(*args)
        except (TypeError, ValueError, AttributeError):
            return Record(function, args, called=True)
    return Record(function, args, called=True)


def _tensor(stored: Storage, offset: int, size: tuple[int, ...], *rest: Any, dtype: str | None = None) -> TensorRecord:
    shape = _shape(size)
    named = dtype or stored.dtype
    if named is None or not isinstance(offset, int):
        raise ValueError(offset)
    grad = rest[1] if len(rest) > 1 and isinstance(rest[1], bool) else None
    return TensorRecord(shape, named, f"{stored.key}+{offset}:{prod(shape)}", grad)


def _tensor_v3(stored: Storage, offset: int, size: tuple[int, ...], *rest: Any) -> TensorRecord:
    return _tensor(stored, offset, size, *rest, dtype=plain(rest[3].name))


def _meta_tensor(dtype: Global, size: tuple[int, ...], *rest: Any) -> TensorRecord:
    found = TensorRecord(_shape(size), plain(dtype.name), "", rest[1] if len(rest) > 1 else None)
    found.storage = f"meta:{id(found)}"
    return found


def _shape(size: Any) -> tuple[int, ...]:
    if not isinstance(size, tuple | list) or len(size) > MOST_AXES:
        raise TypeError(size)
    if not all(type(each) is int and 0 <= each < LARGEST_SIZE for each in size):
        raise ValueError(size)
    return tuple(size)


def _parameter(data: TensorRecord, requires_grad: bool = True, *_: Any) -> TensorRecord:  # noqa: FBT001, FBT002  torch's
    return TensorRecord(data.shape, data.dtype, data.storage, bool(requires_grad), parameter=True)


def _from_type(function: Global, _type: Any, args: tuple[Any, ...], *_: Any) -> Any:
    return call(function, args)


def _mapping(items: Any = (), *_: Any) -> dict[Any, Any]:
    pairs = items.items() if isinstance(items, dict) else items
    return {key(name): value for name, value in pairs}


def _default_mapping(*_: Any) -> dict[Any, Any]:
    return {}


def _set(items: Any = ()) -> set[Any]:
    return {key(each) for each in items}


def _tuple(items: Any = ()) -> tuple[Any, ...]:
    return tuple(items)


def _graph_module(body: dict[Any, Any], *_: Any) -> Record:
    return Record(Global("torch.fx.graph_module", "GraphModule"), (), state=dict(body))


def _reconstructed(kind: Any, *_: Any) -> Record:
    return Record(kind)


REBUILDERS: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_tensor_v3"): _tensor_v3,
    ("torch._utils", "_rebuild_meta_tensor_no_storage"): _meta_tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch._utils", "_rebuild_parameter_with_state"): _parameter,
    ("torch.nn.parameter", "Parameter"): _parameter,
    ("torch._tensor", "_rebuild_from_type_v2"): _from_type,
    ("torch", "Size"): _tuple,
    ("torch.fx.graph_module", "reduce_graph_module"): _graph_module,
    ("collections", "OrderedDict"): _mapping,
    ("collections", "defaultdict"): _default_mapping,
    ("copyreg", "_reconstructor"): _reconstructed,
    ("copy_reg", "_reconstructor"): _reconstructed,
    **{(module, "set"): _set for module in ("builtins", "__builtin__")},
    **{(module, "frozenset"): _set for module in ("builtins", "__builtin__")},
}
"""Calls that only state data, and what they state."""
