"""What normalisations of channels have in common: which axis the channels are, and how many there are."""

from collections.abc import Mapping
from typing import Any

from parity.graph import Axes, Unknown
from parity.kinds._contract import Attributes, AxisNames, Call, InputShapes, same_axes

AXIS_OF_UNKNOWN_RANK = Unknown(
    "which axis that is depends on the rank of the input, which is not known",
    "compare a model that records its shapes",
)

MOST_AXES = 64
"""No array has more."""


def sizes(attributes: Attributes, inputs: InputShapes) -> Mapping[str, int]:
    """The number of channels, from the input or from what the layer says itself."""
    found = inputs[0] if inputs else None
    axis = attributes["axis"]
    channels = found[axis] if found and isinstance(axis, int) else attributes.get("features")
    return {"c": channels} if isinstance(channels, int) else {}


def axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    """What is normalised one by one are the channels, whatever the rest means."""
    rank, axis = attributes.get("rank"), attributes["axis"]
    if inputs[0] is not None or not rank or not isinstance(axis, int) or rank > MOST_AXES:
        return same_axes(attributes, inputs)
    named = tuple("C" if at == rank + axis else "N" if at == 0 else None for at in range(rank))
    return (named,), (named,)


def keras_axis(call: Call) -> Any:
    """The one axis of a Keras layer, counted from the end; None where it has several."""
    axis = call.get("axis", -1)
    axis = axis[0] if isinstance(axis, list | tuple) and len(axis) == 1 else axis
    return from_end(axis, call) if type(axis) is int else None


def second_axis(call: Call) -> Any:
    """PyTorch's and ONNX's axis of channels, counted from the end."""
    return from_end(1, call, "C")


def from_end(axis: int, call: Call, second: Any = AXIS_OF_UNKNOWN_RANK) -> Any:
    """The axis from the end; without a shape ``second`` says what the second axis means."""
    shape = call.shape()
    if shape is None:
        return {-1: "C", 1: second}.get(axis, AXIS_OF_UNKNOWN_RANK)
    return axis - len(shape) if axis >= 0 else axis
