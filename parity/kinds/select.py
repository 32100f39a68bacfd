"""Takes one position of an axis, which goes."""

from parity.graph import Axes, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Kind


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, axis = (inputs[0] if inputs else None), attributes["axis"]
    return (None,) if found is None else ((*found[: axis % len(found)], *found[axis % len(found) + 1 :]),)


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    found, axis = inputs[0], attributes["axis"]
    return inputs, (None if found is None else tuple(name for at, name in enumerate(found) if at != axis % len(found)),)


def _draft(call: Call, axis: int, index: int) -> tuple[Draft, ...]:
    return (Draft("select", {"axis": axis, "index": index}, call.inputs[:1], call.outputs[:1]),)


def _aten(call: Call) -> tuple[Draft, ...]:
    axis, index = call.get("dim", 0), call.get("index", 0)
    return _draft(call, axis, index) if isinstance(axis, int) and isinstance(index, int) else ()


KIND = Kind(
    "select",
    attributes={"axis": Attribute(is_axis=True), "index": Attribute()},
    shape=_shape,
    axes=_axes,
    spellings={("aten", "select"): _aten},
)
