"""What a kind computes from: arrays that come in, weights by role, settings; and what it raises where it cannot."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from math import prod
from typing import TYPE_CHECKING, Any

from parity.axes import expand, permutation
from parity.errors import ParityError
from parity.graph import Framework, Shape
from parity.kinds._operands import ROLES, STORED, VALUE

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any


class Uncomputable(Exception):
    """A layer cannot be computed: its kind has no formula for a setting, or it would take too much.

    The message says why, as what follows "it cannot be computed: ".
    """


@dataclass(frozen=True, slots=True)
class Stored:
    """The array of a weight, and the names of its axes as ``Weight.axes`` has them; "" where they have none."""

    array: Array
    axes: str = ""


class Watched(Mapping[str, Stored]):
    """The weights of a layer by role; it knows which of them nobody has asked for."""

    def __init__(self, stored: Mapping[str, Stored]) -> None:
        """Watch these."""
        self.stored = stored
        self.asked: set[str] = set()

    def __getitem__(self, role: str) -> Stored:
        """The weight with the role.

        Raises:
            KeyError: there is none.
        """
        self.asked.add(role)
        return self.stored[role]

    def __contains__(self, role: object) -> bool:
        """Whether there is one, which asks for nothing of it."""
        return role in self.stored

    def __iter__(self) -> Iterator[str]:
        """The roles."""
        return iter(self.stored)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.stored)

    @property
    def unread(self) -> list[str]:
        """The roles that nobody has asked for: what is left out silently makes another number."""
        return [role for role in self.stored if role not in self.asked]


def unlimited(_: int) -> None:
    """Allow any number of elements and operations."""


@dataclass(frozen=True)
class Given:
    """One layer and what it works on.

    Attributes:
        attributes: of the layer.
        inputs: arrays in the layout of the source; real numbers are float64, whole ones int64, truth values bool, and
            complex numbers, for kinds that take them, complex128.
        shapes: of each output as far as it is known; None for sizes that are free.
        stored: the weights by role, in the same types.
        framework: where the model is at home, for the few operators that frameworks mean differently.
        spend: called with a number of operations before they are done; raises where they are too many.
        allot: called with the number of elements of an array before it is made; raises where they are too many.
    """

    attributes: Mapping[str, Any]
    inputs: tuple[Array, ...] = ()
    shapes: tuple[Shape | None, ...] = (None,)
    stored: Mapping[str, Stored] = field(default_factory=dict)
    framework: Framework | None = None
    spend: Callable[[int], None] = unlimited
    allot: Callable[[int], None] = unlimited

    def has(self, role: str) -> bool:
        """Whether the layer has the weight."""
        return role in self.stored

    def axes(self, role: str) -> str:
        """The names of a weight's axes as they are stored."""
        return self.stored[role].axes

    def raw(self, role: str) -> Array:
        """A weight as it is stored."""
        return self.stored[role].array

    def weight(self, role: str, order: str) -> Array:
        """A weight with its axes in the order asked for, such as ``"out in spatial"``.

        Raises:
            Uncomputable: it does not have just these axes.
        """
        found = self.stored[role]
        try:
            places = permutation(found.axes, expand(order, found.array.ndim))
        except ParityError as error:
            raise Uncomputable(f"its {role} has the axes {found.axes!r}, not {order!r}") from error
        return found.array.transpose(places)

    def vector(self, role: str, default: float) -> Array | float:
        """The elements of a weight with one axis, or a number where the layer does not have it."""
        return self.stored[role].array.reshape(-1) if role in self.stored else default

    def operands(self) -> list[Array]:
        """What the layer computes with, by place: values, stored tensors and constants of its own."""
        stored = [self.raw(role) for role in ROLES if role in self.stored]
        places = self.attributes.get("operands", (VALUE,) * len(self.inputs) + (STORED,) * len(stored))
        if places.count(VALUE) > len(self.inputs) or places.count(STORED) > len(stored):
            raise Uncomputable("it has fewer operands than its settings say")
        values, held = iter(self.inputs), iter(stored)
        return [next(values) if each == VALUE else next(held) if each == STORED else array(each) for each in places]

    def operand(self) -> Array:
        """The one tensor that the layer works on."""
        found = self.operands()
        if not found:
            raise Uncomputable("it has no input")
        return found[0]

    def size(self, index: int = 0) -> tuple[int, ...]:
        """The shape of an output, where all of it is known.

        Raises:
            Uncomputable: some of it is not.
        """
        shape = self.shapes[index] if index < len(self.shapes) else None
        if shape is None or not all(isinstance(size, int) for size in shape):
            raise Uncomputable("its output shape is not known")
        return tuple(size for size in shape if isinstance(size, int))

    def makes(self, *sizes: int) -> None:
        """Say how large an array is before it is made."""
        self.allot(prod(sizes))


Compute = Callable[[Given], tuple[Array, ...]]
"""What a kind makes of what it is given: an array for each of its outputs, or for the first of them."""


def later(package: str | None, name: str) -> Compute:
    """The function ``name`` of the module ``_compute`` of a family, which is loaded when it is first called."""

    def compute(given: Given) -> tuple[Array, ...]:
        function: Compute = getattr(import_module(f"{package}._compute"), name)
        return function(given)

    return compute


def array(value: Any) -> Array:
    """A constant of a layer's settings: a number, or nested tuples of them.

    Raises:
        Uncomputable: it is neither.
    """
    import numpy as np

    try:
        found = np.asarray(value)
    except ValueError as error:  # rows of several lengths
        raise Uncomputable("one of its constants is not an array") from error
    if found.dtype.kind not in "biuf":
        raise Uncomputable(f"one of its constants is not a number: {str(value)[:40]!r}")
    return found if found.dtype.kind == "b" else found.astype("float64" if found.dtype.kind == "f" else "int64")
