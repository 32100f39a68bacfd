"""The arrays of the weights of a graph, made of the tensors that a source stores."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from parity.errors import ParityError
from parity.graph import Piece, SourceGraph, Weight
from parity.kinds import Uncomputable
from parity.store import TensorStore

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]
else:
    Array = Any


class Numbers(Protocol):
    """Where the arrays of weights come from."""

    def read(self, weight: Weight) -> Array:
        """The array of a weight, in its own shape.

        Raises:
            Uncomputable: there is none.
        """


class Tensors:
    """The weights of a graph from the tensors of its source by name; cut, joined and put together as the graph tells.

    A weight whose name the source does not know, and that holds its elements itself, is made of these.
    """

    def __init__(self, stored: Mapping[str, Array]) -> None:
        """Take tensors in the source's own shapes and types."""
        self.stored = stored

    def read(self, weight: Weight) -> Array:
        """The array of a weight.

        Raises:
            Uncomputable: a tensor that it is made of is not there, or has other sizes than the graph tells.
        """
        return made(weight, self.stored)


def stored_in(source: SourceGraph) -> Tensors:
    """The weights of a graph as its source stores them."""
    return Tensors(ByName(source.store))


def made(weight: Weight, stored: Mapping[str, Array]) -> Array:
    """The array of a weight, of the tensors that its source stores.

    Raises:
        Uncomputable: one of them is not there, or has other sizes than the graph tells.
    """
    shape = weight.cuts[0].shape if weight.cuts else weight.shape
    array = _shaped(_whole(weight, shape, stored), shape, weight)
    for at, cut in enumerate(weight.cuts):
        array = _shaped(array, cut.shape, weight) if at else array
        array = array[tuple(slice(*each) for each in cut.window)]
    found = _shaped(array, weight.shape, weight)
    return found if weight.factor == 1 else found * weight.factor


def _whole(weight: Weight, shape: tuple[int, ...], stored: Mapping[str, Array]) -> Array:
    import numpy as np

    if weight.joined:
        parts = [made(each, stored) for each in weight.joined]
        return np.concatenate(
            [each.ravel() for each in parts] if weight.along is None else parts, axis=weight.along or 0
        )
    if weight.pieces:
        whole: Array = np.zeros(shape, _read(weight.pieces[0].name, stored, weight).dtype)
        for piece in weight.pieces:
            place = tuple(slice(*each) for each in piece.place)
            whole[place] = _placed(piece, _read(piece.name, stored, weight))
        return whole
    name = weight.whole or weight.name
    if name not in stored and weight.numbers is not None and not weight.cuts:
        return np.asarray(weight.numbers)
    return _read(name, stored, weight)


def _placed(piece: Piece, array: Array) -> Array:
    """The part of a stored tensor with its axes as those of what is put together of it."""
    part = array[tuple(slice(*each) for each in piece.window)]
    own = [axis for axis in piece.order if axis is not None]
    rest = [axis for axis in range(part.ndim) if axis not in own]
    turned = part.transpose(*own, *rest)
    sizes = iter(turned.shape)
    return turned.reshape([1 if axis is None else next(sizes) for axis in piece.order])


def _read(name: str, stored: Mapping[str, Array], weight: Weight) -> Array:
    try:
        return stored[name]
    except KeyError as error:
        raise Uncomputable(f"the values of {weight.name} are missing") from error


def _shaped(array: Array, shape: tuple[int, ...], weight: Weight) -> Array:
    if array.shape == shape:
        return array
    sizes = 1
    for size in shape:
        sizes *= size
    if array.size != sizes:
        raise Uncomputable(f"{weight.name} is stored with the shape {array.shape}, and the graph records {shape}")
    return array.reshape(shape)


class ByName(Mapping[str, Array]):
    """A store of tensors as a mapping by name."""

    def __init__(self, store: TensorStore) -> None:
        """Take the store of a source."""
        self.store = store

    def __getitem__(self, name: str) -> Array:
        """A tensor in the source's own shape and type.

        Raises:
            KeyError: there is none of this name.
            Uncomputable: its elements cannot be read.
        """
        if name not in self.store:
            raise KeyError(name)
        try:
            found: Array = self.store.read(name)
        except ParityError as error:
            raise Uncomputable(str(error)) from error
        return found

    def __contains__(self, name: object) -> bool:
        """Whether there is one of the name, which takes no reading."""
        return name in self.store

    def __iter__(self) -> Iterator[str]:
        """The names of all that there is something to read of."""
        return iter(self.store)

    def __len__(self) -> int:
        """How many there are."""
        return sum(1 for _ in self.store)
