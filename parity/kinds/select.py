"""Takes one position of an axis, which goes."""

from parity.graph import Axes, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Kind

EVERYTHING = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, axis = (inputs[0] if inputs else None), attributes["axis"]
    if found is None or not -len(found) <= axis < len(found):
        return (None,)
    return ((*found[: axis % len(found)], *found[axis % len(found) + 1 :]),)


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    found, axis = inputs[0], attributes["axis"]
    return inputs, (None if found is None else tuple(name for at, name in enumerate(found) if at != axis % len(found)),)


def position(call: Call, axis: int, index: int) -> tuple[Draft, ...]:
    """The layer that takes one position; its axis is counted from the front where the rank is known."""
    shape = call.shape()
    axis = axis + len(shape) if axis < 0 and shape is not None else axis
    return (Draft("select", {"axis": axis, "index": index}, call.inputs[:1], call.outputs[:1]),)


def _aten(call: Call) -> tuple[Draft, ...]:
    axis, index = call.get("dim", 0), call.get("index", 0)
    return position(call, axis, index) if type(axis) is int and type(index) is int else ()


def _keras(call: Call) -> tuple[Draft, ...]:
    """An index of one number and of slices that take all: ``x[:, -1]``."""
    key = call.get("1", call.get("key"))
    parts = key if isinstance(key, tuple) else (key,)
    numbers = [(axis, part) for axis, part in enumerate(parts) if type(part) is int]
    if len(numbers) != 1 or not all(type(part) is int or part == EVERYTHING for part in parts):
        return ()
    return position(call, *numbers[0])


KIND = Kind(
    "select",
    attributes={"axis": Attribute(is_axis=True), "index": Attribute()},
    shape=_shape,
    axes=_axes,
    spellings={("aten", "select"): _aten, ("keras.ops", "GetItem"): _keras},
)
