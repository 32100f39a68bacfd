"""Flatten: merges all axes but the batch into one, whose rows run in the order of the merged axes."""

from parity.graph import Axes, Shape
from parity.kinds._contract import Attributes, AxisNames, Call, Draft, InputShapes, Kind
from parity.kinds._layouts import merged, product

IMAGE = ("N", "C", "T")
"""The fewest axes that have anything to transpose."""


def _shape(_: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found = inputs[0]
    return (None,) if found is None else ((found[0], product(found[1:])),)


def _axes(_: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    found = inputs[0]
    return inputs, (None if found is None else (found[0], merged(found[1:])),)


def _draft(call: Call) -> tuple[Draft, ...]:
    return (Draft("flatten", {}, call.inputs[:1], call.outputs[:1]),)


def _keras(call: Call) -> tuple[Draft, ...]:
    # channels_first makes Keras transpose before it flattens, so the rows run as in channels_last.
    transposes = call.get("data_format") == "channels_first" and len(call.shape() or IMAGE) >= len(IMAGE)
    return () if transposes else _draft(call)


def _torch(call: Call) -> tuple[Draft, ...]:
    shape = call.shape()
    # nn.Flatten starts at axis 1 by default, aten.flatten at 0.
    start, end = call.get("start_dim", 1 if call.node.dialect == "torch.nn" else 0), call.get("end_dim", -1)
    return _draft(call) if start == 1 and (end == -1 or (shape is not None and end == len(shape) - 1)) else ()


def _onnx(call: Call) -> tuple[Draft, ...]:
    return _draft(call) if call.get("axis", 1) == 1 else ()


KIND = Kind(
    "flatten",
    shape=_shape,
    axes=_axes,
    spellings={
        ("keras", "Flatten"): _keras,
        ("torch.nn", "Flatten"): _torch,
        ("aten", "flatten"): _torch,
        ("onnx", "Flatten"): _onnx,
    },
)
