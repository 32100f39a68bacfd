"""The payload of an ONNX tensor: numbers in fields of several types, or raw bytes, with small ones packed.

Source: the comments of ``TensorProto`` in onnx.proto.
"""

from math import prod
from typing import Any

from parity.adapters._elements import element_type, typed
from parity.adapters.onnx._tensors import DTYPES
from parity.store import Absent

BYTE = 8
STRING = 8
"""``TensorProto.DataType.STRING``."""

FIELDS = {
    # The field of numbers that are not raw, by type; all others are in int32_data.
    **dict.fromkeys((1, 14), ("float_data", "float32")),
    **dict.fromkeys((11, 15), ("double_data", "float64")),
    **dict.fromkeys((12, 13), ("uint64_data", "uint64")),
    7: ("int64_data", "int64"),
}
AGAIN = "export the model again"


def decoded(tensor: Any) -> Any:
    """The elements of a tensor that holds them.

    Raises:
        Absent: it does not hold them, or not as many as its sizes say, or they are of an unknown type.
    """
    import numpy as np

    code, shape = tensor.data_type, tuple(tensor.dims)
    if code == STRING:
        texts = np.asarray([each.decode("utf-8", "backslashreplace") for each in tensor.string_data], object)
        return _shaped(texts, shape)
    bits = bits_of(code)
    if tensor.HasField("raw_data"):
        return from_bytes(np.frombuffer(tensor.raw_data, np.uint8).copy(), code, shape)
    name, kind = FIELDS.get(code, ("int32_data", "int32"))
    numbers = np.asarray(getattr(tensor, name), kind)
    if name == "int32_data" and bits < 32:  # a small element, or several, in each
        numbers = numbers.astype("uint16" if bits > BYTE else "uint8")
        if BYTE % bits and bits < BYTE:  # such elements are not packed here
            return _shaped((numbers & ((1 << bits) - 1)).view(element_type(DTYPES[code][0])), shape)
    elif code == 12:  # uint32
        numbers = numbers.astype("uint32")
    return from_bytes(np.ascontiguousarray(numbers).view(np.uint8), code, shape)


def bits_of(code: int) -> int:
    """The bits of an element.

    Raises:
        Absent: the type is not known.
    """
    if not DTYPES.get(code, ("", 0))[1]:
        raise Absent("its elements have an unknown type", found=f"type {code}")
    return DTYPES[code][1]


def size_of(code: int, shape: tuple[int, ...]) -> int:
    """The bytes that a tensor takes.

    Raises:
        Absent: the type is not known.
    """
    return (prod(shape) * bits_of(code) + BYTE - 1) // BYTE


def check_size(count: int, code: int, shape: tuple[int, ...]) -> None:
    """Make sure that there are as many bytes as a tensor takes.

    Raises:
        Absent: there are not, or the type is not known.
    """
    needed = size_of(code, shape)
    if count != needed:
        found = f"{count:,} bytes for the shape {shape} of {DTYPES[code][0]}, which needs {needed:,}"
        raise Absent("its data do not match its shape and dtype", found=found, remedy=AGAIN)


def from_bytes(data: Any, code: int, shape: tuple[int, ...]) -> Any:
    """The elements that some raw bytes are, least significant first.

    Args:
        data: a one-dimensional array of ``uint8``, which may be changed.
        code: the type.
        shape: the sizes.

    Raises:
        Absent: there are more or fewer bytes than the shape needs, or the type is not known.
    """
    check_size(len(data), code, shape)
    bits, dtype = bits_of(code), element_type(DTYPES[code][0])
    if bits >= BYTE:
        return typed(data, dtype, "little").reshape(shape)
    small = _unpacked(data, bits)[: prod(shape)]
    if DTYPES[code][0].startswith("int"):
        sign = 1 << (bits - 1)
        small = (small ^ sign).astype("int8") - sign
    return (small.view(dtype) if DTYPES[code][0].startswith("float") else small.astype(dtype)).reshape(shape)


def _unpacked(data: Any, bits: int) -> Any:
    """Elements of less than a byte, the first in the lowest bits."""
    import numpy as np

    if BYTE % bits:
        stream = np.unpackbits(data, bitorder="little")
        groups = stream[: len(stream) // bits * bits].reshape(-1, bits)
        return np.packbits(groups, axis=1, bitorder="little").reshape(-1)
    shifts = np.arange(0, BYTE, bits, dtype=np.uint8)
    return ((data[:, None] >> shifts) & np.uint8((1 << bits) - 1)).reshape(-1)


def _shaped(array: Any, shape: tuple[int, ...]) -> Any:
    if array.size != prod(shape):
        raise Absent("its data do not match its shape", found=f"{array.size:,} for {shape}", remedy=AGAIN)
    return array.reshape(shape)
