"""A tensor of one repeated number, made by the model itself."""

from typing import Any

from parity.graph import Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Spelling, unknown_axes
from parity.kinds._given import later


def _shape(attributes: Attributes, _: InputShapes) -> tuple[Shape | None, ...]:
    return (attributes.get("size"),)


def _draft(call: Call, value: float | None, size: Shape | None = None) -> tuple[Draft, ...]:
    attributes = {"value": value, "size": size or call.output_shape()}
    return (Draft("fill", attributes, (), call.outputs[:1], ignored=call.inputs, told_by=tuple(call.node.weights)),)


def _spell(value: float | None) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        number: Any = call.get("fill_value", call.get("value", call.get("s", 0.0))) if value is None else value
        number = number[0] if isinstance(number, tuple) and len(number) == 1 else number
        computed = {"fill_value", "value", "1"}.intersection((*call.node.inputs, *call.node.weights))
        return _draft(call, float(number)) if isinstance(number, int | float) and not computed else ()

    return spell


def _like(value: float | None) -> Spelling:
    """Keras' form, whose output a file does not tell the shape of: that of the input."""

    def spell(call: Call) -> tuple[Draft, ...]:
        number = call.get("1", call.get("fill_value")) if value is None else value
        return _draft(call, float(number), call.shape()) if isinstance(number, int | float) else ()

    return spell


def _keras_full(call: Call) -> tuple[Draft, ...]:
    """A number of the code; one that the model computes is brought to a shape."""
    number, size = call.get("0", call.get("fill_value")), call.get("shape")
    size = (size,) if type(size) is int else size
    plain = isinstance(number, int | float) and isinstance(size, tuple) and not call.inputs
    return _draft(call, float(number), size) if plain else ()


def _uninitialised(call: Call) -> tuple[Draft, ...]:
    """Memory of which nothing is said, before the model writes to it."""
    return _draft(call, None)


KIND = Kind(
    "fill",
    attributes={"value": Attribute()},
    told=("size",),
    shape=_shape,
    axes=unknown_axes,
    makes=True,
    compute=later(__package__, "fill"),
    spellings={
        ("keras.ops", "Full"): _keras_full,
        ("keras.ops", "ZerosLike"): _like(0.0),
        ("keras.ops", "OnesLike"): _like(1.0),
        ("keras.ops", "FullLike"): _like(None),
        **{("aten", op): _spell(0.0) for op in ("zeros", "new_zeros", "zeros_like", "zero")},
        **{("aten", op): _spell(1.0) for op in ("ones", "new_ones", "ones_like")},
        **{("aten", op): _spell(None) for op in ("full", "full_like", "new_full", "scalar_tensor")},
        **{("aten", op): _uninitialised for op in ("empty", "empty_like", "new_empty")},
        ("onnx", "ConstantOfShape"): _spell(None),
    },
)
