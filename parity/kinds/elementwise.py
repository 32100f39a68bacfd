"""Element-wise arithmetic on several tensors, or on a tensor and a stored one or a number."""

from typing import Any

from parity.graph import Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Role, Spelling, Use

KERAS = {
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "Average": "average",
    "Maximum": "maximum",
    "Minimum": "minimum",
}
KERAS_OPERATIONS = {
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "Divide": "divide",
    "TrueDivide": "divide",
}
ATEN = {"add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "maximum": "maximum", "minimum": "minimum"}
ONNX = {"Add": "add", "Sub": "subtract", "Mul": "multiply", "Div": "divide", "Sum": "add"}


def _shape(_: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    if not inputs or any(shape is None for shape in inputs):
        return (None,)
    shapes = [shape for shape in inputs if shape is not None]
    rank = max(len(shape) for shape in shapes)
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return (tuple(next((dim for dim in dims if dim != 1), 1) for dims in zip(*padded, strict=True)),)


def _operand(call: Call) -> Any:
    """The number that takes part, where one does."""
    for name in ("other", "x1", "x2", "A", "B", "1", "0"):
        value = call.get(name)
        if isinstance(value, int | float):
            return value
    return None


def _draft(call: Call, function: str) -> tuple[Draft, ...]:
    if call.get("alpha", 1) != 1 or call.get("rounding_mode") is not None:
        return ()
    attributes: dict[str, Any] = {"function": function}
    operand = _operand(call)
    if operand is not None:
        attributes["operand"] = float(operand)
    weights = {f"operand_{at}" if at else "operand": Use(name) for at, name in enumerate(call.node.weights.values())}
    return (Draft("elementwise", attributes, call.inputs, call.outputs[:1], weights),)


def _spell(function: str) -> Spelling:
    return lambda call: _draft(call, function)


KIND = Kind(
    "elementwise",
    attributes={"function": Attribute(), "operand": Attribute()},
    roles={"operand": Role("")},
    shape=_shape,
    spellings={
        **{("keras", op): _spell(function) for op, function in KERAS.items()},
        **{("keras.ops", op): _spell(function) for op, function in KERAS_OPERATIONS.items()},
        **{("aten", op): _spell(function) for op, function in ATEN.items()},
        **{("onnx", op): _spell(function) for op, function in ONNX.items()},
    },
)
