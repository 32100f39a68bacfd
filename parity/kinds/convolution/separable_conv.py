"""Separable convolution: a depthwise one, then one of 1 x 1 that mixes the channels; each a layer of its own."""

from dataclasses import replace

from parity.kinds._contract import Call, Draft, Kind, Spelling, Use
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


KIND = Kind(
    "separable_conv",
    spellings={("keras", f"SeparableConv{rank}D"): _keras(rank) for rank in (1, 2)},
)
