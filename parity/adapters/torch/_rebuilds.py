"""What a pickle's calls and persistent ids state, for the few that only state data; nothing is looked up or called."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from math import prod
from typing import Any

from parity.adapters._bytes import Held
from parity.adapters._elements import NotThere, Strided
from parity.adapters.torch._dtypes import BITS, STORAGES, plain
from parity.adapters.torch._records import ArrayType, Asked, Global, Record, Sparse, Storage, TensorRecord, View, key

META = NotThere("it was saved on the meta device, where tensors have no elements", "save it with its elements")
WRAPPED = NotThere("it is a custom tensor subclass, which parity does not read", "save it as a plain tensor")
MOST_AXES = 64
LARGEST_SIZE = 2**63
OWN = count()
"""Numbers tensors that have no storage of a known name."""


def persistent(pid: Any, asked: Asked) -> Any:
    """Read a persistent id: a storage, or the class of a module with its source in old files."""
    match pid:
        case ("storage", Global(name=name), str() | int() as number, _, int() as size, *view):
            return _storage(str(number), STORAGES.get(name), size, view, asked)
        case ("module", Global() as found, *_):
            return found
        case (Global() as found, *_) if asked.persistent:
            return found
        case str() | int() if str(pid) in asked.persistent:
            return asked.persistent[str(pid)]
        case _:
            return Record(Global("", "persistent_load"), (pid,))


def _storage(name: str, dtype: str | None, elements: int, view: list[Any], asked: Asked) -> Storage:
    bits = BITS[dtype] if dtype else 8
    whole = Storage(name, dtype, elements * bits // 8)
    asked.storages.setdefault(name, whole)
    match view:
        case [(_, int() as offset, int() as size)]:
            return Storage(name, dtype, size * bits // 8, offset * bits // 8)
        case _:
            return whole


def call(function: Any, args: Any) -> Any:
    """Write a call down; the few that only state data are read as that data."""
    known = REBUILDERS.get((function.module, function.name)) if isinstance(function, Global) else None
    if known and isinstance(args, tuple):
        try:
            return known(*args)
        except (TypeError, ValueError, AttributeError, LookupError):
            return Record(function, args, called=True)
    return Record(function, args, called=True)


def _tensor(stored: Storage, offset: int, size: tuple[int, ...], *rest: Any, dtype: str | None = None) -> TensorRecord:
    """What ``_rebuild_tensor_v2`` makes; the rest are strides, ``requires_grad`` and hooks."""
    shape, named = _shape(size), dtype or stored.dtype
    if named is None or type(offset) is not int:
        raise ValueError(offset)
    grad = rest[1] if len(rest) > 1 and isinstance(rest[1], bool) else None
    bits = BITS.get(named)
    start = stored.start + offset * (bits or 8) // 8
    strides = rest[0] if rest else ()
    fault = _fault(stored, offset, shape, strides, bits)
    told = next((each for each in rest[3:] if isinstance(each, dict)), {})
    flags = told.get("conj") is True, told.get("neg") is True
    view = None if fault else View(stored.key, named, shape, tuple(strides), start, *flags)
    return TensorRecord(shape, named, f"{stored.key}+{start}:{prod(shape)}", grad, fault=fault, view=view)


def _fault(stored: Storage, offset: int, shape: tuple[int, ...], strides: Any, bits: int | None) -> str:
    """Why a storage cannot hold a view of it. Strides of 0 and overlapping ones are fine."""
    if not isinstance(strides, tuple | list) or len(strides) != len(shape):
        return f"its strides {strides!r:.80} do not fit its shape {shape}"
    if offset < 0 or not all(type(each) is int and each >= 0 for each in strides):
        return f"its offset {offset} or its strides {tuple(strides)!r:.80} are negative"
    last = sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True)) if prod(shape) else -1
    needed = (offset + last + 1) * bits // 8 if bits else 0
    if stored.bytes is None or needed <= stored.bytes:
        return ""
    return f"it needs {needed:,} bytes, and its storage {stored.key[:40]} has {stored.bytes:,}"


def _tensor_v3(stored: Storage, offset: int, size: tuple[int, ...], *rest: Any) -> TensorRecord:
    return _tensor(stored, offset, size, *rest, dtype=plain(rest[3].name))


def _quantised(stored: Storage, offset: int, size: Any, stride: Any, _: Any, grad: Any, *__: Any) -> TensorRecord:
    return _tensor(stored, offset, size, stride, grad)


def _sparse(layout: Any, data: tuple[Any, ...]) -> TensorRecord:
    """A sparse tensor of any layout: its values and its whole size; the elements that it stands for are counted."""
    tensors = [each for each in data if isinstance(each, TensorRecord)]
    sizes = [each for each in data[len(tensors) :] if isinstance(each, tuple)]
    fault = next((each.fault for each in tensors if each.fault), "")
    shape, views = _shape(sizes[0]), tuple(each.view for each in tensors if isinstance(each.view, View))
    name = str(next(iter(layout.args), "")) if isinstance(layout, Record) and isinstance(layout.args, tuple) else ""
    view = Sparse(plain(name), views, shape) if len(views) == len(tensors) else None
    return TensorRecord(shape, tensors[-1].dtype, f"sparse:{tensors[-1].storage}", fault=fault, view=view)


def _wrapped(_: Any, dtype: Global, size: Any, *rest: Any) -> TensorRecord:
    made = _meta_tensor(dtype, size, (), rest[4] if len(rest) > 4 else None)  # stride ... requires_grad
    made.view = WRAPPED
    return made


def _moved(data: Any, *_: Any) -> Any:
    """A tensor of a device without storages, which is saved as one of the CPU, or as an array."""
    if not isinstance(data, TensorRecord):
        raise TypeError(data)
    return data


def _meta_tensor(dtype: Global, size: tuple[int, ...], *rest: Any) -> TensorRecord:
    grad = rest[1] if len(rest) > 1 else None
    return TensorRecord(_shape(size), plain(dtype.name), f"meta:{next(OWN)}", grad, view=META)


def _shape(size: Any) -> tuple[int, ...]:
    if not isinstance(size, tuple | list) or len(size) > MOST_AXES:
        raise TypeError(size)
    if not all(type(each) is int and 0 <= each < LARGEST_SIZE for each in size):
        raise ValueError(size)
    return tuple(size)


def _parameter(data: TensorRecord, requires_grad: bool = True, *_: Any) -> TensorRecord:  # noqa: FBT001, FBT002  torch's
    grad = bool(requires_grad)
    return replace(data, requires_grad=grad, parameter=True)


def _from_type(function: Global, _type: Any, args: tuple[Any, ...], *_: Any) -> Any:
    return call(function, args)


def _mapping(items: Any = (), *_: Any) -> dict[Any, Any]:
    pairs = items.items() if isinstance(items, dict) else items
    return {key(name): value for name, value in pairs}


def _default_mapping(*_: Any) -> dict[Any, Any]:
    return {}


def _array_type(code: str, *_: Any) -> ArrayType:
    """``f4``, ``<f4`` or ``b1``; of the latter the byte order comes later, with the state."""
    letter, size = code.lstrip("<>=|")[:1], code.lstrip("<>=|")[1:]
    kind = {"f": "float", "i": "int", "u": "uint", "c": "complex", "b": "bool"}[letter]
    order = "big" if code.startswith(">") else "little"
    return ArrayType(kind if kind == "bool" else f"{kind}{8 * int(size)}", order)


def order(kind: ArrayType, state: Any) -> None:
    """Enter the state of a numpy dtype: version and byte order come first."""
    if isinstance(state, tuple) and state[1:2] == (">",):
        kind.order = "big"


def _array(*_: Any) -> TensorRecord:
    return TensorRecord((), "", f"array:{next(OWN)}", fault="the file does not record what it holds")


def fill(array: TensorRecord, state: Any) -> None:
    """Enter the state of a numpy array: version, shape, dtype, order and the elements themselves."""
    match state:
        case (_, size, ArrayType(name=name, order=order), columns, bytes() | bytearray() as data):
            array.shape, array.dtype = _shape(size), name
            needed = prod(array.shape) * BITS[name] // 8
            array.fault = "" if needed == len(data) else f"it needs {needed:,} bytes but has {len(data):,}"
            sizes = array.shape
            strides = tuple(prod(sizes[:at] if columns else sizes[at + 1 :]) for at in range(len(sizes)))
            array.view = Strided(Held(bytes(data)), name, sizes, strides, order=order)
        case _:
            pass


def _from_buffer(data: bytes, dtype: ArrayType, size: Any, columns: Any = "C", *_: Any) -> TensorRecord:
    found = _array()
    fill(found, (1, size, dtype, columns == "F", data))
    return found


def _encoded(text: str, encoding: str) -> bytes:
    """How bytes are written in protocol 2."""
    if encoding != "latin1":
        raise ValueError(encoding)
    return text.encode("latin-1")


def _set(items: Any = ()) -> set[Any]:
    return {key(each) for each in items}


def _tuple(items: Any = ()) -> tuple[Any, ...]:
    return tuple(items)


def _list(items: Any, *_: Any) -> Any:
    """What TorchScript says of the type of its elements goes without saying."""
    if not isinstance(items, list | dict):
        raise TypeError(items)
    return items


def _graph_module(body: dict[Any, Any], *_: Any) -> Record:
    return Record(Global("torch.fx.graph_module", "GraphModule"), (), state=dict(body))


def _reconstructed(kind: Any, *_: Any) -> Record:
    return Record(kind)


REBUILDERS: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_tensor_v3"): _tensor_v3,
    ("torch._utils", "_rebuild_meta_tensor_no_storage"): _meta_tensor,
    ("torch._utils", "_rebuild_qtensor"): _quantised,
    ("torch._utils", "_rebuild_sparse_tensor"): _sparse,
    ("torch._utils", "_rebuild_sparse_csr_tensor"): _sparse,
    ("torch._utils", "_rebuild_wrapper_subclass"): _wrapped,
    ("torch._utils", "_rebuild_device_tensor_from_cpu_tensor"): _moved,
    ("torch._utils", "_rebuild_device_tensor_from_numpy"): _moved,
    ("torch._utils", "_rebuild_xla_tensor"): _moved,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch._utils", "_rebuild_parameter_with_state"): _parameter,
    ("torch.nn.parameter", "Parameter"): _parameter,
    ("torch._tensor", "_rebuild_from_type_v2"): _from_type,
    ("torch._tensor", "_rebuild_from_type"): _from_type,
    ("torch", "Size"): _tuple,
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _array for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _from_buffer for core in ("core", "_core")},
    ("numpy", "dtype"): _array_type,
    ("_codecs", "encode"): _encoded,
    ("torch.fx.graph_module", "reduce_graph_module"): _graph_module,
    **{("torch.jit._pickle", f"build_{kind}list"): _list for kind in ("tensor", "int", "double", "bool")},
    ("torch.jit._pickle", "restore_type_tag"): _list,
    ("collections", "OrderedDict"): _mapping,
    ("collections", "defaultdict"): _default_mapping,
    ("copyreg", "_reconstructor"): _reconstructed,
    ("copy_reg", "_reconstructor"): _reconstructed,
    **{(module, "set"): _set for module in ("builtins", "__builtin__")},
    **{(module, "frozenset"): _set for module in ("builtins", "__builtin__")},
}
"""Calls that only state data, and what they state."""
