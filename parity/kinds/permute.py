"""Reorders axes."""

from parity.graph import Axes, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Kind, whole


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found = inputs[0] if inputs else None
    if found is None or len(found) != len(attributes["order"]):
        return (None,)
    return (tuple(found[axis] for axis in attributes["order"]),)


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    found = inputs[0]
    return inputs, (None if found is None else tuple(found[axis] for axis in attributes["order"]),)


def _draft(call: Call, order: tuple[int, ...]) -> tuple[Draft, ...]:
    rank = len(order)
    if not whole(order, least=-rank):
        return ()
    axes = tuple(axis % rank for axis in order)
    return (Draft("permute", {"order": axes}, call.inputs[:1], call.outputs[:1]),) if len(set(axes)) == rank else ()


def _keras(call: Call) -> tuple[Draft, ...]:
    return _draft(call, (0, *call.get("dims")))


def _aten(call: Call) -> tuple[Draft, ...]:
    return _draft(call, tuple(call.get("dims")))


def _swap(call: Call) -> tuple[Draft, ...]:
    shape = call.shape()
    if shape is None:
        return ()
    first, second = call.get("dim0", 0) % len(shape), call.get("dim1", 1) % len(shape)
    order = list(range(len(shape)))
    order[first], order[second] = second, first
    return _draft(call, tuple(order))


def _onnx(call: Call) -> tuple[Draft, ...]:
    shape = call.shape()
    order = call.get("perm") or (tuple(reversed(range(len(shape)))) if shape else None)
    return _draft(call, tuple(order)) if order else ()


def _keras_operation(call: Call) -> tuple[Draft, ...]:
    axes = call.get("axes")
    return _draft(call, tuple(axes)) if axes else ()


KIND = Kind(
    "permute",
    attributes={"order": Attribute()},
    shape=_shape,
    axes=_axes,
    spellings={
        ("keras", "Permute"): _keras,
        ("keras.ops", "Transpose"): _keras_operation,
        ("aten", "permute"): _aten,
        ("aten", "transpose"): _swap,
        ("onnx", "Transpose"): _onnx,
    },
)
