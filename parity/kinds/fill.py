"""A tensor of one repeated number, made by the model itself."""

from parity.kinds._contract import Attribute, Call, Draft, Kind, Spelling, unknown_axes


def _spell(value: float | None) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        number = call.get("fill_value", 0.0) if value is None else value
        if not isinstance(number, int | float):
            return ()
        return (Draft("fill", {"value": float(number)}, (), call.outputs[:1]),)

    return spell


def _expand(call: Call) -> tuple[Draft, ...]:
    """A constant that is broadcast to a shape."""
    number = call.get("input")
    if not isinstance(number, int | float):
        return ()
    return (Draft("fill", {"value": float(number)}, (), call.outputs[:1]),)


KIND = Kind(
    "fill",
    attributes={"value": Attribute()},
    shape=lambda _, __: (None,),
    axes=unknown_axes,
    spellings={
        ("aten", "zeros"): _spell(0.0),
        ("aten", "new_zeros"): _spell(0.0),
        ("aten", "ones"): _spell(1.0),
        ("aten", "full"): _spell(None),
        ("onnx", "Expand"): _expand,
    },
)
