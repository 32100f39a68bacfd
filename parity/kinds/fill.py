"""A tensor of one repeated number, made by the model itself."""

from parity.kinds._contract import Attribute, Call, Draft, Kind, Spelling, unknown_axes, unknown_shape


def _spell(value: float | None) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        number = call.get("fill_value", call.get("value", 0.0)) if value is None else value
        number = number[0] if isinstance(number, tuple) and len(number) == 1 else number
        if not isinstance(number, int | float):
            return ()
        return (Draft("fill", {"value": float(number)}, (), call.outputs[:1]),)

    return spell


KIND = Kind(
    "fill",
    attributes={"value": Attribute()},
    shape=unknown_shape,
    axes=unknown_axes,
    spellings={
        ("aten", "zeros"): _spell(0.0),
        ("aten", "new_zeros"): _spell(0.0),
        ("aten", "ones"): _spell(1.0),
        ("aten", "full"): _spell(None),
        ("onnx", "ConstantOfShape"): _spell(None),
    },
)
