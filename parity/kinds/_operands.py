"""The operands of a tensor operation by place: values of the model, stored tensors, or constants of the call itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parity.graph import Shape, Weight
from parity.graph.diagonals import Diagonals
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Role, Use

VALUE, STORED = "value", "stored"

DATA = ("data", "input", "X", "x")
"""What ONNX calls the tensor that an operator works on."""

SOURCES = frozenset((*DATA, "self", "query", "A", "Q"))
"""What ONNX and PyTorch call the first tensor that an operator works on."""

COMPARED = {"operands": Attribute()}
"""What stands in each place: ``value``, ``stored`` or a constant; absent where all are values of the model."""

ROLES = {"operand": Role(""), "operand_1": Role(""), "operand_2": Role("")}
"""Stored tensors that take part as they are."""


@dataclass(frozen=True, slots=True)
class Operands:
    """What a call computes with."""

    inputs: tuple[str, ...]
    weights: Mapping[str, Use]
    attributes: Mapping[str, Any]
    shapes: tuple[Shape | None, ...]

    def draft(self, kind: str, call: Call, **attributes: Any) -> tuple[Draft, ...]:
        """The layer that computes with them what comes out first."""
        return (Draft(kind, {**attributes, **self.attributes}, self.inputs, call.outputs[:1], self.weights),)

    def beside(self, call: Call) -> tuple[str, ...]:
        """The values that a call is given beside these, which only tell a size or a type."""
        return tuple(each for each in call.inputs if each not in self.inputs)


def places(call: Call) -> dict[str, str]:
    """The values among the arguments by place; Keras tells the places where they are not simply the first ones."""
    told = call.get("__inputs__") or tuple(call.node.inputs)
    call.asked.update(str(place).partition(".")[0] for place in told)
    return dict(zip((str(place) for place in told), call.inputs, strict=True))


def operands(call: Call, *names: tuple[str, ...]) -> Operands | None:
    """The operands in the given places, each of which goes by several names; None where one is missing."""
    values = places(call)
    inputs: list[str] = []
    weights: dict[str, Use] = {}
    kinds: list[Any] = []
    shapes: list[Shape | None] = []
    for place in names:
        slot = next((name for name in place if name in values or call.has(name) or call.get(name) is not None), None)
        if slot is None:
            return None
        if slot in values:
            inputs.append(values[slot])
            kinds.append(VALUE)
            found = call.values.get(values[slot])
            shapes.append(None if found is None else found.shape)
        elif call.has(slot):
            weights[f"operand_{len(weights)}" if weights else "operand"] = Use(call.node.weights[slot])
            kinds.append(STORED)
            shapes.append(call.weight_shape(slot))
        else:
            kinds.append(constant(call.get(slot)))
            shapes.append(size(kinds[-1]))
    plain = all(kind is VALUE for kind in kinds)
    return Operands(tuple(inputs), weights, {} if plain else {"operands": tuple(kinds)}, tuple(shapes))


def source(call: Call) -> Operands | None:
    """The one tensor that a call works on: its first value, or a stored tensor or numbers where that is in its place.

    What else a call is given may be a value: the sizes that a stored tensor is brought to, or one of its type.
    """
    data = next((slot for slot in call.node.weights if slot in SOURCES), None)
    if data is not None and call.node.dialect in {"aten", "onnx"} and not SOURCES.intersection(call.node.inputs):
        return operands(call, (data,))
    if call.inputs:
        return Operands(call.inputs[:1], {}, {}, (call.shape(),))
    held = (name for name in DATA if call.node.dialect == "onnx" and isinstance(call.get(name), tuple | float | int))
    slot = next(iter(call.node.weights), None) or next(held, None)
    return None if slot is None else operands(call, (slot,))


def leaf(weight: Weight, value: str, slot: str) -> Draft:
    """A layer for a stored tensor alone, which gives it as a value."""
    uses = {"operand": Use(weight.name)}
    return Draft("expand", {"target": weight.shape, "operands": (STORED,)}, (), (value,), uses, part=slot)


ARRAYS = frozenset(("__numpy__", "__tensor__", "__jax__", "__torch__"))
"""How Keras writes down arrays, by their home."""


def array(value: Any) -> tuple[tuple[float, ...], tuple[int, ...], str | None] | None:
    """The elements of an array as Keras writes it down, its shape and type; None for what is none."""
    from parity.kinds.source.constant import flat  # which computes, and so knows of operands

    if not isinstance(value, Mapping) or value.get("class_name") not in ARRAYS:
        return None
    config = value["config"]
    numbers, shape = flat(config["value"]) if isinstance(config["value"], tuple) else ((config["value"],), ())
    if not all(isinstance(each, int | float) for each in numbers):
        return None
    return tuple(map(float, numbers)), shape, config.get("dtype")


def constant(value: Any) -> Any:
    """A number as a float, so that 1 and 1.0 are equal; Keras' record of an array as what others have in its place."""
    value = value["config"]["value"] if isinstance(value, Mapping) and "config" in value else value
    return float(value) if isinstance(value, int | float) else value


def size(value: Any) -> Shape:
    """The shape of a constant, whose axes are nested tuples."""
    if isinstance(value, Diagonals):
        return value.shape
    return (len(value), *size(value[0])) if isinstance(value, tuple) and value else ()


def axis_of(call: Call, *names: str, default: int | None = None, rank: int | None = None) -> int | None:
    """An axis, counted from the front where the rank is known; None where the call tells none."""
    axis = next((call.get(name) for name in names if call.get(name) is not None), default)
    if type(axis) is not int:
        return None
    found = source(call)
    known = rank if rank is not None else len(found.shapes[0]) if found and found.shapes[0] is not None else None
    if known is None or axis >= 0:
        return axis
    return axis + known


def broadcast(_: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    """The shape that all inputs are brought to; None where a stored tensor or constant takes part."""
    if not inputs or any(shape is None for shape in inputs):
        return (None,)
    shapes = [shape for shape in inputs if shape is not None]
    rank = max(len(shape) for shape in shapes)
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return (tuple(_fitting(dims) for dims in zip(*padded, strict=True)),)


def _fitting(dims: Shape) -> int | str | None:
    """The size that fits all; an unknown one may be 1, so that a number above 1 decides.

    Raises:
        ValueError: there is none.
    """
    wide = [dim for dim in dims if dim != 1]
    numbers = {dim for dim in wide if isinstance(dim, int)}
    if len(numbers) > 1:
        raise ValueError(dims)
    return next(iter(numbers), wide[0] if wide else 1)
