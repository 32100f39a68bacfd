"""Scaling layers of the models that Keras ships: each is arithmetic."""

from parity.kinds._contract import Call, Draft, Kind, Use, whole


def _layer_scale(call: Call) -> tuple[Draft, ...]:
    """ConvNeXt's LayerScale: times a weight for each channel."""
    channels = call.get("projection_dim")
    if not whole(channels) or len(call.inputs) > 1 or call.weight_shape("0") not in {None, (channels,)}:
        return ()
    attributes = {"function": "multiply", "operand_shapes": ((channels,),), "operand_axis": -1, "features": channels}
    weights = {"operand": Use(call.node.weights["0"], "c")} if call.has("0") else {}
    return (Draft("elementwise", attributes, call.inputs[:1], call.outputs[:1], weights),)


def _custom_scale(call: Call) -> tuple[Draft, ...]:
    """InceptionResNetV2's residual: the first input plus a number times the second."""
    factor = call.get("scale")
    if len(call.inputs) != 2 or not call.outputs or type(factor) not in {int, float}:
        return ()
    scaled = f"{call.outputs[0]}:scaled"
    times = {"function": "multiply", "operand": float(factor)}
    return (
        Draft("elementwise", times, call.inputs[1:], (scaled,), part="scale"),
        Draft("elementwise", {"function": "add"}, (call.inputs[0], scaled), call.outputs[:1]),
    )


KIND = Kind(
    "keras_scaling",
    spellings={
        ("keras.applications", "LayerScale"): _layer_scale,
        ("keras.applications", "CustomScaleLayer"): _custom_scale,
    },
)
