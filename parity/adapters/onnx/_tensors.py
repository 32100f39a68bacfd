"""Tensors of an ONNX file: names of their types, sizes, and small ones as plain Python."""

from math import prod
from typing import Any

from parity.errors import UnreadableModel
from parity.graph import Unknown

SMALL = 1024
"""Integer tensors of up to this many elements are shapes, axes and the like, and are read as plain Python."""

EXTERNAL = 1
"""``TensorProto.DataLocation.EXTERNAL``."""

DTYPES = {
    # Name and bits by ``TensorProto.DataType``; https://onnx.ai/onnx/intro/concepts.html#element-type
    1: ("float32", 32),
    2: ("uint8", 8),
    3: ("int8", 8),
    4: ("uint16", 16),
    5: ("int16", 16),
    6: ("int32", 32),
    7: ("int64", 64),
    8: ("string", 0),
    9: ("bool", 8),
    10: ("float16", 16),
    11: ("float64", 64),
    12: ("uint32", 32),
    13: ("uint64", 64),
    14: ("complex64", 64),
    15: ("complex128", 128),
    16: ("bfloat16", 16),
    17: ("float8_e4m3fn", 8),
    18: ("float8_e4m3fnuz", 8),
    19: ("float8_e5m2", 8),
    20: ("float8_e5m2fnuz", 8),
    21: ("uint4", 4),
    22: ("int4", 4),
    23: ("float4_e2m1fn", 4),
    24: ("float8_e8m0fnu", 8),
    25: ("uint2", 2),
    26: ("int2", 2),
    27: ("float6_e2m3fn", 6),
    28: ("float6_e3m2fn", 6),
}

CODES = {name: code for code, (name, _) in DTYPES.items()}
"""The element types by name."""


def text(value: Any) -> str:
    """A protobuf string; the format lets bytes through that are no UTF-8."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def dtype(code: int) -> str | None:
    """The numpy-style name of an element type, or None for one that has no name."""
    return DTYPES[code][0] if code in DTYPES else None


def is_real(code: int) -> bool:
    """Whether the elements are real or complex numbers, as those of weights are."""
    return (dtype(code) or "").startswith(("float", "bfloat", "complex"))


def shape(tensor: Any, source: str) -> tuple[int, ...]:
    """The sizes of a stored tensor.

    Raises:
        UnreadableModel: a size is negative.
    """
    dims = tuple(tensor.dims)
    if any(size < 0 for size in dims):
        raise UnreadableModel(source, f"the tensor {text(tensor.name)!r} has a negative size", found=str(list(dims)))
    return dims


def stored_bytes(tensor: Any) -> int | None:
    """The size of the payload that sizes and element type call for, or None where that is not fixed."""
    bits = DTYPES.get(tensor.data_type, ("", 0))[1]
    return (prod(tensor.dims) * bits + 7) // 8 if bits else None


def decode(tensor: Any) -> Any:
    """A small tensor as plain Python: a number, or (nested) tuples; ``Unknown`` where the payload does not fit."""
    from onnx import numpy_helper

    if prod(tensor.dims) == 0:
        return ()
    try:
        array = numpy_helper.to_array(tensor)
        if tensor.data_type in _PACKED:
            array = array.astype("int32")
        return _plain(_shortest(array) if tensor.data_type in _ROUNDED else array.tolist())
    except (ValueError, TypeError, KeyError) as error:
        return Unknown(f"the payload of the constant {text(tensor.name)!r} does not match its shape and dtype: {error}")


_PACKED = {21, 22, 25, 26}
"""Integers of less than a byte, which are no Python numbers in numpy."""

_ROUNDED = {1, 10, 16, 17, 18, 19, 20, 23, 24, 27, 28}
"""Real numbers of at most single precision."""


def real(value: float) -> float:
    """The shortest decimal that is the same single-precision number: 1e-05, where the file has 9.99999974e-06."""
    import numpy as np

    return float(str(np.float32(value)))


def _shortest(array: Any) -> Any:
    import numpy as np

    flat = [real(each) for each in array.astype("float32").ravel()]
    return np.asarray(flat, dtype="float64").reshape(array.shape).tolist()


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_plain(each) for each in value)
    return text(value) if isinstance(value, bytes) else value
