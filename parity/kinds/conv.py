"""Convolution over one, two or three spatial axes, with groups and dilation."""

from collections.abc import Mapping, Sequence
from typing import Any

from parity.graph import Axes, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Kind, Role, Spelling
from parity.kinds._layouts import FIRST, LAST, image_axes, join, split
from parity.kinds._windows import onnx_pads, pairs, same, spatial, symmetric
from parity.kinds.activation import fused, keras_function

KERNEL_NAMES = ("kd", "kh", "kw")


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, layout = (inputs[0] if inputs else None), attributes["data_format"]
    if found is None:
        return (None,)
    _, space = split(found, layout)
    windows = (attributes[name] for name in ("kernel_size", "strides", "dilation", "padding"))
    return (join(found[0], spatial(space, *windows), attributes["filters"], layout),)


def _sizes(attributes: Attributes, inputs: InputShapes) -> Mapping[str, int]:
    found = inputs[0] if inputs else None
    channels = split(found, attributes["data_format"])[0] if found else attributes.get("in_channels")
    kernel = attributes["kernel_size"]
    sizes = {"out": attributes["filters"], **dict(zip(KERNEL_NAMES[-len(kernel) :], kernel, strict=True))}
    return {**sizes, "in": channels // attributes["groups"]} if isinstance(channels, int) else sizes


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    named = image_axes(len(attributes["kernel_size"]) + 2, attributes["data_format"])
    return (named, *inputs[1:]), (named,)


def _padding(
    rule: str, call: Call, layout: str, kernel: Sequence[int], strides: Sequence[int], dilation: Sequence[int]
) -> Any:
    """Explicit amounts of Keras' and PyTorch's named paddings and of ONNX's ``auto_pad``."""
    if rule in {"valid", "VALID"}:
        return ((0, 0),) * len(kernel)
    if rule == "causal":
        return (((kernel[0] - 1) * dilation[0], 0),)
    shape = call.shape()
    space = split(shape, layout)[1] if shape else (None,) * len(kernel)
    return same(space, kernel, strides, dilation, lower=rule == "SAME_LOWER")


def _keras(rank: int) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        kernel, strides, dilation = (
            pairs(call.get(name, 1), rank) for name in ("kernel_size", "strides", "dilation_rate")
        )
        layout = call.get("data_format") or LAST
        attributes = {
            "kernel_size": kernel,
            "strides": strides,
            "dilation": dilation,
            "padding": _padding(call.get("padding", "valid"), call, layout, kernel, strides, dilation),
            "padding_mode": "zeros",
            "groups": call.get("groups", 1),
            "filters": call.get("filters"),
            "data_format": layout,
        }
        roles = ("kernel", "bias") if call.get("use_bias", True) else ("kernel",)
        draft = Draft("conv", attributes, call.inputs[:1], call.outputs[:1], call.uses_in_order(*roles))
        return fused(draft, keras_function(call.get("activation")))

    return spell


def _torch(rank: int) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        stored = call.weight_shape("weight")
        if stored is None or len(stored) != rank + 2 or len(call.inputs) > 1:
            return ()
        kernel = stored[2:]
        strides, dilation = pairs(call.get("stride") or 1, rank), pairs(call.get("dilation") or 1, rank)
        amounts = call.get("padding", 0)
        named = isinstance(amounts, str)
        attributes = {
            "kernel_size": kernel,
            "strides": strides,
            "dilation": dilation,
            "padding": _padding(amounts, call, FIRST, kernel, strides, dilation) if named else symmetric(amounts, rank),
            "padding_mode": call.get("padding_mode", "zeros"),
            "groups": call.get("groups", 1),
            "filters": stored[0],
            "in_channels": call.get("in_channels"),
            "data_format": FIRST,
        }
        weights = call.uses(kernel="weight", bias="bias")
        return (Draft("conv", attributes, call.inputs[:1], call.outputs[:1], weights),)

    return spell


def _onnx(call: Call) -> tuple[Draft, ...]:
    stored = call.weight_shape("W")
    if stored is None or len(call.inputs) != 1:
        return ()
    rank, kernel = len(stored) - 2, stored[2:]
    strides, dilation = pairs(call.get("strides", 1), rank), pairs(call.get("dilations", 1), rank)
    rule = call.get("auto_pad", "NOTSET")
    pads = onnx_pads(call.get("pads") or (0,) * (2 * rank))
    attributes = {
        "kernel_size": kernel,
        "strides": strides,
        "dilation": dilation,
        "padding": pads if rule == "NOTSET" else _padding(rule, call, FIRST, kernel, strides, dilation),
        "padding_mode": "zeros",
        "groups": call.get("group", 1),
        "filters": stored[0],
        "data_format": FIRST,
    }
    weights = call.uses(kernel="W", bias="B")
    return (Draft("conv", attributes, call.inputs[:1], call.outputs[:1], weights),)


KIND = Kind(
    "conv",
    attributes={name: Attribute() for name in ("strides", "padding", "padding_mode", "dilation", "groups")},
    roles={"kernel": Role("spatial in out", "out in spatial"), "bias": Role("out")},
    shape=_shape,
    sizes=_sizes,
    axes=_axes,
    spellings={
        **{("keras", f"Conv{rank}D"): _keras(rank) for rank in (1, 2, 3)},
        **{("torch.nn", f"Conv{rank}d"): _torch(rank) for rank in (1, 2, 3)},
        **{("aten", f"conv{rank}d"): _torch(rank) for rank in (1, 2, 3)},
        ("onnx", "Conv"): _onnx,
    },
)
