"""Nodes whose result follows from constants and known sizes: arithmetic on shapes, and the like.

What an operator makes of arrays is computed by ONNX's own reference implementation; here stands what of it may be
computed at all, since a file is a stranger's.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from parity.adapters.onnx._constants import ELEMENTWISE
from parity.adapters.onnx._tensors import SMALL, text
from parity.graph import Shape

Settings = Mapping[str, Any]
Arrays = Sequence[Any]
"""Arrays of numpy; those of one repeated number may be large, since they take no memory."""

MALFORMED = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What numpy and ONNX raise where arrays do not fit the settings of a node, which are a stranger's."""


def fold(node: Any, arrays: Arrays, settings: Settings, opset: int | None) -> Any:
    """The array that a node makes of others, or None where this is not known.

    Args:
        node: of one of ONNX's own operators, with one output.
        arrays: its inputs, None for one that is left out.
        settings: its attributes.
        opset: the version of the operators that the model imports.
    """
    import numpy as np

    op = text(node.op_type)
    given = [array for array in arrays if array is not None]
    large = any(array.size > SMALL for array in given)
    if op not in FOLDED or (large and op not in VIEWS):
        return None
    try:
        with np.errstate(all="ignore"):
            if not _is_sound(op, given):
                return None
            made = np.asarray(REPEATED[op](given, settings) if op in REPEATED else _computed(node, arrays, opset))
    except MALFORMED:  # the node stays in the graph, where its kind says what is wrong with it
        return None
    return made if made.size <= SMALL or is_uniform(made) else None


def _computed(node: Any, arrays: Arrays, opset: int | None) -> Any:
    """What ONNX's reference implementation makes of the inputs."""
    from onnx import NodeProto

    op = text(node.op_type)
    if op.startswith("Reduce") and not arrays[0].ndim:
        return arrays[0]  # PyTorch's exporter names the axis of a scalar, of which there is none
    if op == "CumSum":
        arrays = [arrays[0], arrays[1].reshape(())]  # runtimes take an axis in a vector of one element, too
    names = ["" if array is None else f"x{at}" for at, array in enumerate(arrays)]
    plain = NodeProto(op_type=node.op_type, input=names, output=["y"], attribute=node.attribute)
    given = {name: array for name, array in zip(names, arrays, strict=True) if name}
    (made,) = _evaluator(plain.SerializeToString(), opset).run(None, given, attributes={})
    return made


@lru_cache(maxsize=256)
def _evaluator(node: bytes, opset: int | None) -> Any:
    """What runs a node in a version of the operators: a model computes many shapes alike."""
    from onnx import FunctionProto, NodeProto, OperatorSetIdProto, defs
    from onnx.reference import ReferenceEvaluator

    plain, newest = NodeProto.FromString(node), defs.onnx_opset_version()
    version = OperatorSetIdProto(domain="", version=min(opset or newest, newest))
    inputs = [name for name in plain.input if name]
    # A node by itself would be taken for one of the newest version.
    return ReferenceEvaluator(
        FunctionProto(name="folded", input=inputs, output=["y"], node=[plain], opset_import=[version])
    )


def _is_sound(op: str, arrays: Arrays) -> bool:
    """Whether the result is defined, and has few elements where that does not follow from the inputs' being small."""
    import numpy as np

    if op in DIVIDES and not np.all(arrays[1]):
        return False
    if op in ELEMENTWISE:
        return len(arrays) < 2 or np.broadcast(*arrays).size <= SMALL
    if op == "Range":
        start, stop, step = (each.item() for each in arrays)
        return bool(step) and (stop - start) / step <= SMALL
    return True


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


def _expanded(arrays: Arrays, _: Settings) -> Any:
    import numpy as np

    data, target = arrays
    return np.broadcast_to(data, np.broadcast_shapes(data.shape, tuple(int(size) for size in target)))


def _filled(arrays: Arrays, settings: Settings) -> Any:
    import numpy as np

    value = settings.get("value", 0.0)
    value = value[0] if isinstance(value, tuple) else value
    kind = "float32" if isinstance(value, float) else "int64"
    return np.broadcast_to(np.asarray(value, kind), tuple(int(size) for size in arrays[0]))


def _turned(arrays: Arrays, settings: Settings) -> Any:
    (data,) = arrays
    return data.transpose(settings.get("perm"))


REPEATED: Mapping[str, Callable[[Arrays, Settings], Any]] = {
    "ConstantOfShape": _filled,
    "Expand": _expanded,
    "Transpose": _turned,
}
"""Operators of which the reference implementation would copy what is repeated."""

DIVIDES = frozenset({"Div", "Mod"})

FOLDED = frozenset(
    [
        *("Abs", "Add", "And", "Cast", "Ceil", "Concat", "ConstantOfShape", "CumSum", "Div", "Equal", "Expand"),
        *("Flatten", "Floor", "Gather", "GatherElements", "GatherND", "Greater", "GreaterOrEqual", "Identity", "Less"),
        *("LessOrEqual", "Max", "Min", "Mod", "Mul", "Neg", "Not", "Or", "Pow", "Range", "Reciprocal", "ReduceMax"),
        *("ReduceMin", "ReduceProd", "ReduceSum", "Reshape", "ScatterElements", "Sign", "Slice", "Sqrt", "Squeeze"),
        *("Sub", "Transpose", "Trilu", "Unsqueeze", "Where", "Xor"),
    ]
)
"""Operators that exporters compute sizes, places and masks with; https://onnx.ai/onnx/operators/."""

VIEWS = frozenset({"Slice", "Squeeze", "Unsqueeze", "Transpose", "Expand"})
"""Operators that copy no element, which a large array of one number may go through."""
