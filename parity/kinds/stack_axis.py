"""Adds an axis of one element: what a recurrent layer does to a state that it returns beside others."""

from parity.graph import Axes, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, InputShapes, Kind


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, axis = (inputs[0] if inputs else None), attributes["axis"]
    return (None,) if found is None else ((*found[:axis], 1, *found[axis:]),)


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    found, axis = inputs[0], attributes["axis"]
    return inputs, (None if found is None else (*found[:axis], None, *found[axis:]),)


KIND = Kind("stack_axis", attributes={"axis": Attribute()}, shape=_shape, axes=_axes)
