"""What one tensor is in terms of others: frozen expressions, evaluated in numpy and printed as code.

Numbers keep their own type wherever nothing is calculated with them, so that what is carried there and back has the
same bits.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from parity.graph import Window

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any

Read = Callable[[str], Array]
"""Gives a stored tensor by its name."""

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """A tensor of a known shape, made of others.

    Attributes:
        shape: its sizes.
        parts: what it is made of.
    """

    shape: Shape
    parts: "tuple[Expression, ...]" = ()

    def array(self, read: Read) -> Array:
        """The elements, of stored tensors that are read one by one."""
        return self.made([part.array(read) for part in self.parts], read)

    def made(self, parts: Sequence[Array], read: Read) -> Array:
        """The elements, of those of the parts."""
        raise NotImplementedError

    def names(self) -> Iterator[str]:
        """The stored tensors that it is made of, in the order in which they are read."""
        for part in self.parts:
            yield from part.names()


@dataclass(frozen=True, slots=True)
class Take(Expression):
    """A stored tensor as it is."""

    name: str = ""

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  of no parts
        """The elements as they are stored."""
        found = read(self.name)
        return found if found.shape == self.shape else found.reshape(self.shape)

    def names(self) -> Iterator[str]:
        """Its name."""
        yield self.name


@dataclass(frozen=True, slots=True)
class Filled(Expression):
    """The same number everywhere: zeros, ones."""

    value: float = 0.0

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  of no parts
        """In single precision, which every type of number is made of without loss."""
        import numpy as np

        return np.full(self.shape, self.value, np.float32)


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """Numbers that the graph holds itself, row by row."""

    numbers: tuple[float, ...] = ()

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  of no parts
        """The numbers."""
        import numpy as np

        return np.asarray(self.numbers).reshape(self.shape)


@dataclass(frozen=True, slots=True)
class Permute(Expression):
    """The axes in another order."""

    order: Shape = ()

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  nothing is stored
        """As ``numpy.transpose`` does it."""
        return parts[0].transpose(self.order)


@dataclass(frozen=True, slots=True)
class Reshape(Expression):
    """The same elements, row by row, with other sizes."""

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  nothing is stored
        """As ``numpy.reshape`` does it."""
        return parts[0].reshape(self.shape)


@dataclass(frozen=True, slots=True)
class Slice(Expression):
    """A box of a tensor."""

    window: Window = ()

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  nothing is stored
        """The elements in the box."""
        return parts[0][tuple(slice(*each) for each in self.window)]


@dataclass(frozen=True, slots=True)
class Select(Expression):
    """Places along an axis, in an order."""

    axis: int = 0
    places: Shape = ()

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  nothing is stored
        """As ``numpy.take`` does it."""
        return parts[0].take(self.places, self.axis)


@dataclass(frozen=True, slots=True)
class Concat(Expression):
    """Tensors beside each other along an axis."""

    axis: int = 0

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  nothing is stored
        """As ``numpy.concatenate`` does it."""
        import numpy as np

        return np.concatenate(parts, self.axis)


@dataclass(frozen=True, slots=True)
class Sum(Expression):
    """Tensors of one shape added, in their own type."""

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  nothing is stored
        """The sum, from left to right."""
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total


@dataclass(frozen=True, slots=True)
class Scale(Expression):
    """A multiple, in the tensor's own type."""

    factor: float = 1.0

    def made(self, parts: Sequence[Array], read: Read) -> Array:  # noqa: ARG002  nothing is stored
        """The product."""
        made: Array = parts[0] * parts[0].dtype.type(self.factor)
        return made


def permute(of: Expression, order: Sequence[int]) -> Expression:
    """The axes in another order; the same expression where that is none."""
    if list(order) == sorted(order):
        return of
    return Permute(tuple(of.shape[at] for at in order), (of,), tuple(order))


def reshape(of: Expression, shape: Shape) -> Expression:
    """With other sizes; one after another is the last one alone."""
    if of.shape == shape:
        return of
    if prod(of.shape) != prod(shape):
        raise ValueError(f"{of.shape} does not have as many elements as {shape}")
    if isinstance(of, Filled):
        return Filled(shape, (), of.value)
    inner = of.parts[0] if isinstance(of, Reshape) else of
    return inner if inner.shape == shape else Reshape(shape, (inner,))


def window(of: Expression, box: Window) -> Expression:
    """A box; the same expression where it is all of it."""
    shape = tuple(stop - start for start, stop in box)
    if all(start == 0 for start, _ in box) and shape == of.shape:
        return of
    if isinstance(of, Filled):
        return Filled(shape, (), of.value)
    return Slice(shape, (of,), box)


def concat(parts: Sequence[Expression], axis: int) -> Expression:
    """Beside each other; one alone is itself."""
    if len(parts) == 1:
        return parts[0]
    sizes = list(parts[0].shape)
    sizes[axis] = sum(part.shape[axis] for part in parts)
    return Concat(tuple(sizes), tuple(parts), axis)


def scale(of: Expression, factor: float) -> Expression:
    """A multiple; one time is itself."""
    return of if factor == 1 else Scale(of.shape, (of,), factor)


def gates(of: Expression, axis: int, places: Sequence[int]) -> Expression:
    """The blocks that an axis consists of, one for each gate, in another order."""
    if list(places) == sorted(places):
        return of
    blocks = (*of.shape[:axis], len(places), of.shape[axis] // len(places), *of.shape[axis + 1 :])
    return reshape(Select(blocks, (reshape(of, blocks),), axis, tuple(places)), of.shape)


def flatten_order(of: Expression, axis: int, sizes: Shape, order: Sequence[int]) -> Expression:
    """An axis that merges several, row by row, merged in another order.

    Args:
        of: the tensor.
        axis: the merged one.
        sizes: those of the axes that it merges, in their order.
        order: theirs, as the result merges them.
    """
    apart = (*of.shape[:axis], *sizes, *of.shape[axis + 1 :])
    rest = range(axis + len(sizes), len(apart))
    turned = permute(reshape(of, apart), (*range(axis), *(axis + at for at in order), *rest))
    return reshape(turned, of.shape)
