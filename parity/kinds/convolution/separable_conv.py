"""Separable convolution: a depthwise one, then one of 1 x 1 that mixes the channels; each a layer of its own."""

from dataclasses import replace

from parity.kinds._contract import Call, Draft, Kind, Spelling, Use
from parity.kinds._keras_places import named
from parity.kinds.activation.activation import fused, keras_function
from parity.kinds.convolution.conv import depthwise


def _keras(rank: int) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        first = depthwise(call, rank, ("0",))
        if first is None or not call.outputs or not call.has("1"):
            return ()
        between = f"{call.outputs[0]}:depthwise"
        attributes = {
            **first.attributes,
            **dict.fromkeys(("kernel_size", "strides", "dilation"), (1,) * rank),
            "padding": ((0, 0),) * rank,
            "padding_rule": None,
            "groups": 1,
            "in_channels": first.attributes["filters"],
            "filters": call.get("filters"),
        }
        weights = {"kernel": Use(call.node.weights["1"])}
        weights |= call.uses(bias="2") if call.get("use_bias", True) else {}
        second = Draft("conv", attributes, (between,), call.outputs[:1], weights, part="pointwise")
        return replace(first, outputs=(between,), part="depthwise"), *fused(
            second, keras_function(call.get("activation"))
        )

    return spell


def _operation(given: Call) -> tuple[Draft, ...]:
    """``keras.ops.separable_conv`` with both kernels stored."""
    call = named(given, "inputs", "depthwise_kernel", "pointwise_kernel")
    first, second = (call.weight_shape(f"{name}_kernel") for name in ("depthwise", "pointwise"))
    if set(call.node.inputs) != {"inputs"} or first is None or second is None or len(first) - 2 not in (1, 2):
        return ()
    told = {name: call.get(name) for name in ("strides", "padding", "data_format", "dilation_rate")}
    settings = {"kernel_size": first[:-2], "depth_multiplier": first[-1], "filters": second[-1], "use_bias": False}
    attributes = {**{name: value for name, value in told.items() if value is not None}, **settings}
    weights = {"0": call.node.weights["depthwise_kernel"], "1": call.node.weights["pointwise_kernel"]}
    return _keras(len(first) - 2)(replace(call, node=replace(call.node, attributes=attributes, weights=weights)))


KIND = Kind(
    "separable_conv",
    spellings={
        **{("keras", f"SeparableConv{rank}D"): _keras(rank) for rank in (1, 2)},
        ("keras.ops", "SeparableConv"): _operation,
    },
)
