"""Names of dtypes, as PyTorch's files number and spell them."""

SCALAR_TYPES = {
    1: "uint8",
    2: "int8",
    3: "int16",
    4: "int32",
    5: "int64",
    6: "float16",
    7: "float32",
    8: "float64",
    9: "complex32",
    10: "complex64",
    11: "complex128",
    12: "bool",
    13: "bfloat16",
    28: "uint16",
    29: "float8_e4m3fn",
    30: "float8_e5m2",
    31: "float8_e4m3fnuz",
    32: "float8_e5m2fnuz",
    33: "float8_e8m0fnu",
    34: "uint32",
    35: "uint64",
}
"""The numbers of ``torch._export.serde.schema.ScalarType``."""

MEMORY_FORMATS = {1: "contiguous_format", 2: "channels_last", 3: "channels_last_3d", 4: "preserve_format"}

LAYOUTS = {
    1: "sparse_coo",
    2: "sparse_csr",
    3: "sparse_csc",
    4: "sparse_bsr",
    5: "sparse_bsc",
    6: "_mkldnn",
    7: "strided",
}

STORAGES = {
    "ByteStorage": "uint8",
    "CharStorage": "int8",
    "ShortStorage": "int16",
    "IntStorage": "int32",
    "LongStorage": "int64",
    "HalfStorage": "float16",
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
    "BoolStorage": "bool",
    "BFloat16Storage": "bfloat16",
    "QInt8Storage": "qint8",
    "QUInt8Storage": "quint8",
    "QInt32Storage": "qint32",
}
"""Storage classes of ``torch``, which name the dtype of a pickled tensor."""

BITS = {
    **dict.fromkeys(("uint8", "int8", "bool", "qint8", "quint8"), 8),
    **dict.fromkeys((name for name in SCALAR_TYPES.values() if name.startswith("float8_")), 8),
    **dict.fromkeys(("int16", "uint16", "float16", "bfloat16"), 16),
    **dict.fromkeys(("int32", "uint32", "float32", "complex32", "qint32"), 32),
    **dict.fromkeys(("int64", "uint64", "float64", "complex64"), 64),
    "complex128": 128,
    "float4_e2m1fn_x2": 8,
}
"""Bits of an element."""

INTEGERS = {"qint8": "int8", "quint8": "uint8", "qint32": "int32"}
"""What the elements of quantised tensors are stored as."""

ALIASES = {
    "float": "float32",
    "double": "float64",
    "half": "float16",
    "long": "int64",
    "int": "int32",
    "short": "int16",
    "cfloat": "complex64",
    "cdouble": "complex128",
}


def plain(dtype: object) -> str:
    """The numpy-style name of a ``torch.dtype`` or of its spelling.

    >>> plain("torch.float32")
    'float32'
    """
    name = str(dtype).removeprefix("torch.")
    return ALIASES.get(name, name)
