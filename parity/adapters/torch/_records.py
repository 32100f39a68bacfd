"""What a pickle turns into here: inert records of the classes, calls, storages and tensors that it names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from parity.store import Elements

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
    """The stored elements behind tensors.

    Attributes:
        key: its name in the file.
        dtype: None for an untyped one.
        bytes: how many it says that it has, or None.
        start: the first byte, where it is a view of the storage with the key.
    """

    key: str
    dtype: str | None
    bytes: int | None = None
    start: int = 0


@dataclass(slots=True, eq=False)
class TensorRecord:
    """A tensor: a view of a storage, or of nothing where the tensor was on the meta device.

    Attributes:
        requires_grad: None where the file does not say.
        parameter: it was saved as a parameter, so that ``requires_grad`` is its own.
        fault: why it cannot be what the file says, or "".
        view: where its elements are; None where the file does not say.
    """

    shape: tuple[int, ...]
    dtype: str
    storage: str
    requires_grad: bool | None = None
    parameter: bool = False
    fault: str = ""
    view: "View | Sparse | Elements | None" = None


@dataclass(frozen=True, slots=True)
class View:
    """What a tensor sees of a storage; strides are in elements, the start in bytes."""

    key: str
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    start: int
    conjugate: bool = False
    negative: bool = False


@dataclass(frozen=True, slots=True)
class Sparse:
    """The tensors that a sparse one consists of: indices, and values last."""

    layout: str
    parts: tuple[View, ...]
    shape: tuple[int, ...]


@dataclass(slots=True)
class Asked:
    """What a pickle asks for while it is read.

    Attributes:
        calls: names of what is to be called, with how often, in order.
        storages: the stored elements that it refers to, by key.
        persistent: what its persistent ids stand for, where the file says so elsewhere.
        places: where the elements of storages are in the file, by key: the first byte, and how many there are.
    """

    calls: dict[Global, int] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)
    persistent: Mapping[str, Any] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(slots=True)
class ArrayType:
    """The dtype of a numpy array, and the order of the bytes of an element."""

    name: str
    order: str = "little"


STATE = ("_modules", "_parameters", "_buffers")
"""What every module has among its attributes."""


def is_module(value: Any) -> bool:
    """Whether a value is a module, of whatever class."""
    if not isinstance(value, Record) or not isinstance(value.maker, Global):
        return False
    return all(isinstance(value.state.get(name), dict) for name in STATE)


class Unnamed:
    """Stands in a dict for a key that is no plain value, whose hash could take for ever."""


def key(value: Any) -> Any:
    """A dict key that is safe to hash."""
    return value if isinstance(value, (*SCALARS, Global)) else Unnamed()
