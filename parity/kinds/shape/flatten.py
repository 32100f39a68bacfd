"""Flatten: merges all axes but the batch into one, whose rows run in the order of the merged axes."""

from parity.graph import Axes, Shape
from parity.kinds._contract import Attributes, AxisNames, Call, Draft, InputShapes, Kind, finer
from parity.kinds._given import later
from parity.kinds._layouts import merged, product
from parity.kinds.shape.reshape import recorded

IMAGE = ("N", "C", "T")
"""The fewest axes that have anything to transpose."""


def _shape(_: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found = inputs[0] if inputs else None
    return (None,) if not found else ((found[0], product(found[1:])),)


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    found = inputs[0]
    if found is None:
        return inputs, (None,)
    order = attributes.get("order") or range(1, len(found))
    rest = [found[axis] for axis in order]
    return inputs, ((found[0], merged(rest)),)


def _draft(call: Call, **attributes: tuple[int, ...]) -> tuple[Draft, ...]:
    """The layer; ``order`` tells over which axis the rows run slowest to fastest where not as they are stored."""
    return (Draft("flatten", attributes, call.inputs[:1], call.outputs[:1], ignored=call.inputs[1:]),)


def _keras(call: Call) -> tuple[Draft, ...]:
    # channels_first makes Keras transpose before it flattens, so the rows run as in channels_last.
    # The order of rows is no attribute of its own: it is compared as the axes of what comes out.
    rank = len(call.shape() or IMAGE)
    first = call.get("data_format") == "channels_first" and rank >= len(IMAGE)
    return _draft(call, order=(*range(2, rank), 1)) if first else _draft(call)


def _torch(call: Call) -> tuple[Draft, ...]:
    shape = call.shape()
    # nn.Flatten starts at axis 1 by default, aten.flatten at 0.
    start, end = call.get("start_dim", 1 if call.node.dialect == "torch.nn" else 0), call.get("end_dim", -1)
    if start == 1 and (end == -1 or (shape is not None and end == len(shape) - 1)):
        return _draft(call)
    return recorded(call)


def _onnx(call: Call) -> tuple[Draft, ...]:
    axis, shape = call.get("axis", 1), call.shape()
    if axis == 1 or (shape is not None and axis == 1 - len(shape) < 0):
        return _draft(call)
    told = call.output_shape()
    if shape is None or told is None or len(told) != 2:
        return recorded(call)
    # A file may have a name for a size that follows from those of what comes in.
    made = product(shape[:axis]), product(shape[axis:])
    return recorded(call, finer(made, told))


KIND = Kind(
    "flatten",
    told=("order",),
    shape=_shape,
    axes=_axes,
    takes_complex=True,
    compute=later(__package__, "flatten"),
    spellings={
        ("keras", "Flatten"): _keras,
        ("torch.nn", "Flatten"): _torch,
        ("aten", "flatten"): _torch,
        ("onnx", "Flatten"): _onnx,
    },
)
