"""The elements of the tensors of an ONNX model, however it holds them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from parity.adapters._bytes import Range
from parity.adapters._elements import NotThere, element_type
from parity.adapters._sparse import check_places, written_out
from parity.adapters.onnx._constants import Constant
from parity.adapters.onnx._payload import check_size, decoded, from_bytes
from parity.adapters.onnx._tensors import DTYPES, EXTERNAL
from parity.graph import Piece
from parity.store import Absent, Elements, TensorStore

Places = Callable[[Any], Elements]
"""Tells where the elements of a ``TensorProto`` are."""


def constant_store(source: str, constants: Mapping[str, Constant], elements: Places) -> TensorStore:
    """The elements of stored tensors, and of those that are put together of them.

    Args:
        source: how the user named the model.
        constants: by name.
        elements: tells where those of a tensor are.
    """
    stored = {name: _stored(each, elements) for name, each in constants.items() if not each.pieces}
    made: dict[str, Elements] = {}
    for name, each in constants.items():
        if each.pieces and all(piece.name in stored for piece in each.pieces):
            made[name] = Assembly(tuple((stored[piece.name], piece) for piece in each.pieces), each.shape)
    shapes = {name: each.shape for name, each in constants.items()}
    return TensorStore(source, stored | made, shapes=shapes, live=elements is Live)


def _stored(constant: Constant, elements: Places) -> Elements:
    if constant.made_of:
        given = elements(constant.number) if constant.number is not None else None
        return Repeated(given, DTYPES[constant.tensor.data_type][0], constant.shape)
    if constant.indices is not None:
        return Sparse(elements(constant.indices), elements(constant.tensor), constant.shape)
    return elements(constant.tensor)


@dataclass(frozen=True, slots=True)
class Raw:
    """``raw_data`` in a file."""

    held: Range
    code: int
    shape: tuple[int, ...]

    def read(self) -> Any:
        """The array.

        Raises:
            Absent: there are not as many bytes as the shape needs, or the file has changed.
            OSError: it cannot be read.
        """
        check_size(self.held.size, self.code, self.shape)
        return from_bytes(self.held.read(0, self.held.size), self.code, self.shape)


@dataclass(frozen=True, slots=True)
class Message:
    """A tensor in a file whose elements are in fields for numbers."""

    held: Range

    def read(self) -> Any:
        """The array.

        Raises:
            Absent: there are not as many elements as the shape needs, or the file has changed.
            OSError: it cannot be read.
        """
        return Held(self.held.read(0, self.held.size).tobytes()).read()


@dataclass(frozen=True, slots=True)
class Held:
    """A tensor in memory, as it would be in a file."""

    message: bytes

    def read(self) -> Any:
        """The array.

        Raises:
            Absent: there are not as many elements as the shape needs.
        """
        from google.protobuf.message import DecodeError
        from onnx import TensorProto

        try:
            return decoded(TensorProto.FromString(self.message))
        except DecodeError as error:
            raise Absent(f"it is damaged: {error}") from error


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """A ``TensorProto`` of a live model. It may change at any time, and is read as it is then."""

    tensor: Any

    def __reduce__(self) -> Any:
        """Another process has no live model."""
        return NotThere, ("its live model is in another process",)

    def read(self) -> Any:
        """The array.

        Raises:
            Absent: there are not as many elements as the shape needs, or they are in a file.
        """
        if self.tensor.data_location == EXTERNAL:
            cause = "its elements are in an external file that a model in memory does not name"
            raise Absent(cause, remedy="load the model with its external data, or pass its path")
        return decoded(self.tensor)


@dataclass(frozen=True, slots=True)
class Repeated:
    """One number, repeated; it takes the memory of one."""

    number: Elements | None
    dtype: str
    shape: tuple[int, ...]

    def read(self) -> Any:
        """The array.

        Raises:
            Absent: there is no such number, or more than one.
        """
        import numpy as np

        number = self.number.read() if self.number is not None else np.zeros(1, element_type(self.dtype))
        if number.size != 1:
            raise Absent("the value to repeat is not a scalar", found=f"{number.size:,} numbers")
        return np.broadcast_to(number.reshape(()), self.shape).view()


@dataclass(frozen=True, slots=True)
class Sparse:
    """A ``SparseTensorProto``: indices along each axis, or of the flat tensor."""

    indices: Elements
    values: Elements
    shape: tuple[int, ...]

    def read(self) -> Any:
        """The whole tensor.

        Raises:
            Absent: it is too large, or its indices and values do not match.
            OSError: a file cannot be read.
        """
        import numpy as np

        indices, values = self.indices.read(), self.values.read()
        if indices.ndim == 1:
            check_places(indices, int(np.prod(self.shape, dtype=object)))
            indices = np.asarray(np.unravel_index(indices, self.shape))
        else:
            indices = indices.T
        return written_out(indices, values, self.shape)


@dataclass(frozen=True, slots=True)
class Assembly:
    """A tensor that is put together of stored ones."""

    parts: tuple[tuple[Elements, Piece], ...]
    shape: tuple[int, ...]

    def read(self) -> Any:
        """The array.

        Raises:
            Absent: a part is not there.
            OSError: a file cannot be read.
        """
        import numpy as np

        whole: Any = None
        for elements, piece in self.parts:
            part = elements.read()[tuple(slice(*each) for each in piece.window)]
            along = [axis for axis in piece.order if axis is not None]
            part = part.transpose(*along, *(axis for axis in range(part.ndim) if axis not in along))
            whole = np.empty(self.shape, part.dtype) if whole is None else whole
            whole[tuple(slice(*each) for each in piece.place)] = part.reshape(
                [stop - start for start, stop in piece.place]
            )
        return whole
