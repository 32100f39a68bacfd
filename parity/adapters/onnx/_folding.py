"""Nodes whose result follows from constants and known sizes: arithmetic on shapes, and the like."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from parity.adapters.onnx._tensors import SMALL
from parity.graph import Shape

Settings = Mapping[str, Any]
Arrays = Sequence[Any]
"""Arrays of numpy; those of one repeated number may be large, since they take no memory."""

NONSENSE = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, MemoryError)


def fold(op: str, arrays: Arrays, settings: Settings) -> Any:
    """The array that a node makes of others, or None where this is not known.

    Args:
        op: an operator of ONNX's own.
        arrays: its inputs, None for one that is left out.
        settings: its attributes.
    """
    import numpy as np

    large = any(array is not None and array.size > SMALL for array in arrays)
    if op not in OPERATORS or (large and op not in VIEWS):
        return None
    try:
        with np.errstate(all="ignore"):
            made = np.asarray(OPERATORS[op](np, arrays, settings))
    except NONSENSE:  # the node stays in the graph, where its kind says what is wrong with it
        return None
    return made if made.size <= SMALL or is_uniform(made) else None


def is_uniform(array: Any) -> bool:
    """Whether an array is one number that is repeated without taking memory."""
    return array.size > 0 and not any(array.strides)


def size_of(shape: Shape | None, settings: Settings) -> Any:
    """What the operator ``Shape`` gives of a tensor whose sizes are all known."""
    import numpy as np

    start, end = settings.get("start", 0), settings.get("end")
    sizes = shape[start:end] if shape is not None else (None,)
    return np.asarray(sizes, "int64") if all(type(size) is int for size in sizes) else None


def number_of(shape: Shape | None, _: Settings) -> Any:
    """What the operator ``Size`` gives of a tensor whose sizes are all known."""
    import numpy as np

    known = shape is not None and all(type(size) is int for size in shape)
    return np.asarray(np.prod(np.asarray(shape, "int64")), "int64") if known else None


SIZED: Mapping[str, Callable[[Shape | None, Settings], Any]] = {"Shape": size_of, "Size": number_of}
"""Operators that look at the shape alone."""


def _binary(name: str) -> Callable[..., Any]:
    def compute(np: Any, arrays: Arrays, _: Settings) -> Any:
        left, right = arrays
        if np.broadcast(left, right).size > SMALL:
            raise ValueError(name)
        return getattr(np, name)(left, right).astype(left.dtype if name in KEEPS_TYPE else bool)

    return compute


KEEPS_TYPE = {"add", "subtract", "multiply", "minimum", "maximum", "power"}


def _divided(np: Any, arrays: Arrays, _: Settings) -> Any:
    """Quotients of integers are truncated."""
    left, right = arrays
    if np.broadcast(left, right).size > SMALL or not np.all(right):
        raise ValueError(right)
    return np.trunc(left / right).astype(left.dtype) if left.dtype.kind in "iu" else left / right


def _modulo(np: Any, arrays: Arrays, settings: Settings) -> Any:
    left, right = arrays
    if not np.all(right):
        raise ValueError(right)
    return (np.fmod if settings.get("fmod", 0) else np.mod)(left, right).astype(left.dtype)


def _unary(name: str) -> Callable[..., Any]:
    return lambda np, arrays, _: getattr(np, name)(_only(arrays)).astype(_only(arrays).dtype)


def _only(arrays: Arrays) -> Any:
    (array,) = arrays
    return array


def _gathered(np: Any, arrays: Arrays, settings: Settings) -> Any:
    return np.take(*arrays, axis=settings.get("axis", 0))


def _sliced(_: Any, arrays: Arrays, settings: Settings) -> Any:
    data, *given = arrays
    names = ("starts", "ends", "axes", "steps")
    bounds = {**settings, **{name: each for name, each in zip(names, given, strict=False) if each is not None}}
    starts, ends = bounds["starts"], bounds["ends"]
    axes, steps = bounds.get("axes", range(len(starts))), bounds.get("steps", (1,) * len(starts))
    ranges = [slice(None)] * data.ndim
    for axis, start, stop, step in zip(axes, starts, ends, steps, strict=True):
        ranges[int(axis)] = slice(int(start), int(stop), int(step))
    return data[tuple(ranges)]


def _axes(arrays: Arrays, settings: Settings) -> tuple[int, ...] | None:
    """Axes as an attribute, or as the second input of newer operators."""
    given = arrays[1] if len(arrays) > 1 and arrays[1] is not None else settings.get("axes")
    return None if given is None else tuple(int(each) for each in given)


def _reshaped(_: Any, arrays: Arrays, settings: Settings) -> Any:
    data, target = arrays[0], [int(size) for size in arrays[1]]
    if not settings.get("allowzero", 0):
        target = [data.shape[at] if size == 0 else size for at, size in enumerate(target)]
    return data.reshape(target)


def _flattened(np: Any, arrays: Arrays, settings: Settings) -> Any:
    data, axis = _only(arrays), settings.get("axis", 1)
    rows = int(np.prod(data.shape[: axis if axis >= 0 else axis + data.ndim]))
    return data.reshape(rows, data.size // rows)


def _triangle(np: Any, arrays: Arrays, settings: Settings) -> Any:
    data, *diagonal = arrays
    side = np.triu if settings.get("upper", 1) else np.tril
    return side(data, int(diagonal[0]) if diagonal else 0)


def _expanded(np: Any, arrays: Arrays, _: Settings) -> Any:
    data, target = arrays
    return np.broadcast_to(data, np.broadcast_shapes(data.shape, tuple(int(size) for size in target)))


def _filled(np: Any, arrays: Arrays, settings: Settings) -> Any:
    value = settings.get("value", 0.0)
    value = value[0] if isinstance(value, tuple) else value
    kind = "float32" if isinstance(value, float) else "int64"
    return np.broadcast_to(np.asarray(value, kind), tuple(int(size) for size in arrays[0]))


def _ranged(np: Any, arrays: Arrays, _: Settings) -> Any:
    start, stop, step = (each.item() for each in arrays)
    if not step or (stop - start) / step > SMALL:
        raise ValueError(step)
    return np.arange(start, stop, step, dtype=arrays[0].dtype)


def _cast(_: Any, arrays: Arrays, settings: Settings) -> Any:
    """The type is a number, or for ``CastLike`` a name."""
    from onnx import helper

    to = settings["to"]
    return arrays[0].astype(to if isinstance(to, str) else helper.tensor_dtype_to_np_dtype(to))


def _reduced(name: str) -> Callable[..., Any]:
    def compute(np: Any, arrays: Arrays, settings: Settings) -> Any:
        if not arrays[0].ndim:
            return arrays[0]  # PyTorch's exporter names the axis of a scalar, of which there is none
        axes, keep = _axes(arrays, settings), bool(settings.get("keepdims", 1))
        return getattr(np, name)(_only(arrays[:1]), axis=axes, keepdims=keep).astype(arrays[0].dtype)

    return compute


def _accumulated(np: Any, arrays: Arrays, settings: Settings) -> Any:
    data, axis = arrays
    if settings.get("exclusive", 0) or settings.get("reverse", 0):
        raise ValueError(settings)
    return np.cumsum(data, axis=int(axis.reshape(()))).astype(data.dtype)


def _picked(np: Any, arrays: Arrays, settings: Settings) -> Any:
    """The last axis of the indices counts the first axes of the data."""
    data, places = arrays
    if settings.get("batch_dims", 0) or places.size * data.size > SMALL * SMALL:
        raise ValueError(settings)
    return data[tuple(np.moveaxis(places, -1, 0))]


def _scattered(np: Any, arrays: Arrays, settings: Settings) -> Any:
    data, places, updates = arrays
    if settings.get("reduction", "none") != "none":
        raise ValueError(settings)
    made = data.copy()
    np.put_along_axis(made, places, updates, settings.get("axis", 0))
    return made


OPERATORS: Mapping[str, Callable[..., Any]] = {
    **{op: _binary(name) for op, name in (("Add", "add"), ("Sub", "subtract"), ("Mul", "multiply"))},
    **{op: _binary(name) for op, name in (("Min", "minimum"), ("Max", "maximum"), ("Pow", "power"))},
    **{op: _binary(name) for op, name in (("Equal", "equal"), ("Greater", "greater"), ("Less", "less"))},
    **{op: _binary(name) for op, name in (("GreaterOrEqual", "greater_equal"), ("LessOrEqual", "less_equal"))},
    **{op: _binary(name) for op, name in (("And", "logical_and"), ("Or", "logical_or"), ("Xor", "logical_xor"))},
    **{
        op: _unary(name)
        for op, name in (
            ("Neg", "negative"),
            ("Abs", "abs"),
            ("Sign", "sign"),
            ("Sqrt", "sqrt"),
            ("Floor", "floor"),
            ("Ceil", "ceil"),
        )
    },
    **{op: _reduced(name) for op, name in (("ReduceProd", "prod"), ("ReduceSum", "sum"))},
    **{op: _reduced(name) for op, name in (("ReduceMax", "max"), ("ReduceMin", "min"))},
    "Div": _divided,
    "Mod": _modulo,
    "Reciprocal": lambda np, arrays, _: np.reciprocal(_only(arrays)),
    "Not": lambda np, arrays, _: np.logical_not(_only(arrays)),
    "Gather": _gathered,
    "GatherElements": lambda np, arrays, settings: np.take_along_axis(*arrays, axis=settings.get("axis", 0)),
    "GatherND": _picked,
    "ScatterElements": _scattered,
    "CumSum": _accumulated,
    "Slice": _sliced,
    "Concat": lambda np, arrays, settings: np.concatenate(arrays, axis=settings["axis"]),
    "Unsqueeze": lambda np, arrays, settings: np.expand_dims(arrays[0], _axes(arrays, settings)),
    "Squeeze": lambda np, arrays, settings: np.squeeze(arrays[0], axis=_axes(arrays, settings)),
    "Reshape": _reshaped,
    "Flatten": _flattened,
    "Identity": lambda _, arrays, __: _only(arrays),
    "Trilu": _triangle,
    "Transpose": lambda np, arrays, settings: np.transpose(arrays[0], settings.get("perm")),
    "Expand": _expanded,
    "ConstantOfShape": _filled,
    "Range": _ranged,
    "Cast": _cast,
    "CastLike": _cast,
    "Where": lambda np, arrays, _: np.where(*arrays),
}
"""By operator of ONNX; https://onnx.ai/onnx/operators/."""

VIEWS = {"Slice", "Squeeze", "Unsqueeze", "Transpose", "Expand"}
"""Operators that copy no element, which a large array of one number may go through."""
