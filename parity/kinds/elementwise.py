"""Element-wise arithmetic on several tensors, or on a tensor and a stored one or a number."""

from collections.abc import Mapping
from typing import Any

from parity.graph import Dim, Shape
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
    "Maximum": "maximum",
    "Minimum": "minimum",
}
ATEN = {"add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "maximum": "maximum", "minimum": "minimum"}
ONNX = {
    "Add": "add",
    "Sub": "subtract",
    "Mul": "multiply",
    "Div": "divide",
    "Sum": "add",
    "Mean": "average",
    "Max": "maximum",
    "Min": "minimum",
}

COMMUTATIVE = {"add", "multiply", "average", "maximum", "minimum"}
"""Functions whose operands may change places."""

PLACES = ("self", "other", "x1", "x2", "A", "B", "0", "1")
"""What the dialects call two operands, by pairs."""


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    if not inputs or any(shape is None for shape in inputs):
        return (None,)
    shapes = [*(shape for shape in inputs if shape is not None), *attributes.get("operand_shapes", ())]
    rank = max(len(shape) for shape in shapes)
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return (tuple(_broadcast(dims) for dims in zip(*padded, strict=True)),)


def _broadcast(dims: tuple[Dim, ...]) -> Dim:
    """The size that fits all; an unknown one may be 1, so that a number above 1 decides."""
    wide = [dim for dim in dims if dim != 1]
    numbers = {dim for dim in wide if isinstance(dim, int)}
    if len(numbers) > 1:
        raise ValueError(dims)
    return next(iter(numbers), wide[0] if wide else 1)


def _constants(call: Call) -> dict[str, Any]:
    """Operands that the call itself holds, by place: numbers, or arrays as nested tuples."""
    given = {name: call.get(name) for name in call.node.attributes if name in PLACES or name.startswith("inputs.")}
    return {name: _array(value) for name, value in given.items() if value is not None}


def _array(value: Any) -> Any:
    """Keras' record of an array as what other frameworks have in its place."""
    return value["config"]["value"] if isinstance(value, Mapping) and "config" in value else value


def _first(call: Call, constants: Mapping[str, Any]) -> bool:
    """Whether the model's own value is the second operand: ``1 - x``."""
    places = [PLACES.index(name) % 2 for name in call.node.inputs if name in PLACES]
    held = [PLACES.index(name) % 2 for name in (*constants, *call.node.weights) if name in PLACES]
    keras = call.get("__inputs__")  # the places of Keras' tensors, where these are not simply the first ones
    return keras in {("1",), ("x2",)} or (keras is None and bool(held) and places == [1])


def _draft(call: Call, function: str, *, swapped: bool = False) -> tuple[Draft, ...]:
    if call.get("alpha", 1) != 1 or call.get("rounding_mode") is not None:
        return ()
    constants = _constants(call)
    if len(constants) > 1 or not call.inputs:
        return ()
    if function == "maximum" and list(constants.values()) == [0] and len(call.inputs) == 1:
        return (Draft("activation", {"function": "relu"}, call.inputs, call.outputs[:1]),)
    attributes: dict[str, Any] = {"function": function}
    for value in constants.values():
        number = isinstance(value, int | float)
        attributes["operand"] = float(value) if number else value
    if function not in COMMUTATIVE and _first(call, constants) != swapped:
        attributes["operand_first"] = True
    weights = {f"operand_{at}" if at else "operand": Use(name) for at, name in enumerate(call.node.weights.values())}
    if weights:
        attributes["operand_shapes"] = tuple(call.stored[use.name].shape for use in weights.values())
    return (Draft("elementwise", attributes, call.inputs, call.outputs[:1], weights),)


def _spell(function: str) -> Spelling:
    return lambda call: _draft(call, function)


KIND = Kind(
    "elementwise",
    attributes={"function": Attribute(), "operand": Attribute(), "operand_first": Attribute()},
    roles={"operand": Role("")},
    shape=_shape,
    spellings={
        **{("keras", op): _spell(function) for op, function in KERAS.items()},
        **{("keras.ops", op): _spell(function) for op, function in KERAS_OPERATIONS.items()},
        **{("aten", op): _spell(function) for op, function in ATEN.items()},
        ("aten", "rsub"): lambda call: _draft(call, "subtract", swapped=True),
        **{("onnx", op): _spell(function) for op, function in ONNX.items()},
    },
)
