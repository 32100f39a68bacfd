"""Takes one position of an axis, which goes."""

from parity.graph import Axes, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Kind
from parity.kinds._given import later
from parity.kinds._operands import COMPARED, ROLES, source


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
    found = source(call)
    if found is None:
        return ()
    shape = found.shapes[0]
    axis = axis + len(shape) if axis < 0 and shape is not None else axis
    return found.draft("select", call, axis=axis, index=counted(index, shape, axis))


def counted(index: int, shape: Shape | None, axis: int) -> int:
    """A position as a model is meant that has other sizes too: the last one from the end, all others from the front.

    >>> counted(5, (6, 2), 0), counted(-1, (6, 2), 0), counted(-6, (2, 6), -1), counted(5, (None, 2), 0)
    (-1, -1, 0, 5)
    """
    size = shape[axis] if shape is not None and -len(shape) <= axis < len(shape) else None
    if not isinstance(size, int) or not -size <= index < size:
        return index
    return -1 if index % size == size - 1 > 0 else index % size


def _aten(call: Call) -> tuple[Draft, ...]:
    axis, index = call.get("dim", 0), call.get("index", 0)
    return position(call, axis, index) if type(axis) is int and type(index) is int else ()


KIND = Kind(
    "select",
    attributes={"axis": Attribute(is_axis=True), "index": Attribute(), **COMPARED},
    roles=ROLES,
    makes=True,
    shape=_shape,
    axes=_axes,
    takes_complex=True,
    compute=later(__package__, "select"),
    spellings={("aten", "select"): _aten},
)
