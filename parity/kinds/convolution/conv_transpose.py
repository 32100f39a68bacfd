"""Transposed convolution: each input element adds its multiple of the kernel to the output.

The kernels of all elements together cover ``(size - 1) * stride + (kernel - 1) * dilation + 1`` places along an axis.
The frameworks tell in different ways which of these the output has; here it is how many are cropped at either end,
below 0 where places that no kernel reaches (they hold the bias) are added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from parity.graph import Axes, Dim, Shape
from parity.kinds._contract import (
    Attribute,
    Attributes,
    AxisNames,
    Call,
    Draft,
    InputShapes,
    Kind,
    Role,
    Spelling,
    Use,
    whole,
)
from parity.kinds._given import later
from parity.kinds._keras_places import named
from parity.kinds._layouts import FIRST, LAST, image_axes, join, split
from parity.kinds._macs import Work, elements, first, times
from parity.kinds._windows import SAME, Padding, onnx_pads, pairs
from parity.kinds.activation.activation import fused, keras_function

KERNEL_NAMES = ("kd", "kh", "kw")
RANKS = (1, 2, 3)


def _covered(size: int, kernel: int, stride: int, dilation: int) -> int:
    """Places that the kernels of all elements along an axis cover."""
    return (size - 1) * stride + (kernel - 1) * dilation + 1


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, layout = (inputs[0] if inputs else None), attributes["data_format"]
    if found is None:
        return (None,)
    _, space = split(found, layout)
    windows = (attributes[name] for name in ("kernel_size", "strides", "dilation", "cropped"))
    sizes = [_size(*each) for each in zip(space, *windows, strict=True)]
    return (join(found[0], sizes, attributes["filters"], layout),)


def _size(size: Dim, kernel: int, stride: int, dilation: int, cropped: tuple[int, int]) -> Dim:
    if not isinstance(size, int):
        return None
    made = _covered(size, kernel, stride, dilation) - sum(cropped)
    return made if made > 0 else None


def _sizes(attributes: Attributes, inputs: InputShapes) -> Mapping[str, int]:
    found, kernel = (inputs[0] if inputs else None), attributes["kernel_size"]
    batched = found is not None and len(found) == len(kernel) + 2
    channels = split(found, attributes["data_format"])[0] if found and batched else attributes.get("in_channels")
    filters, groups = attributes["filters"], attributes["groups"]
    sizes = {"out": filters, "multiplier": filters // groups}
    sizes |= dict(zip(KERNEL_NAMES[-len(kernel) :], kernel, strict=True))
    return {**sizes, "in": channels} if isinstance(channels, int) else sizes


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    named = image_axes(len(attributes["kernel_size"]) + 2, attributes["data_format"])
    return (named, *inputs[1:]), (named,)


def _draft(call: Call, attributes: dict[str, Any], weights: Mapping[str, Use]) -> Draft | None:
    sizes = (attributes[name] for name in ("kernel_size", "strides", "dilation", "groups", "filters"))
    if not whole(*sizes) or attributes["data_format"] not in {FIRST, LAST} or len(call.inputs) > 1:
        return None
    if attributes["groups"] > 1 and "kernel" in weights:
        weights = {**weights, "kernel": Use(weights["kernel"].name, "in multiplier spatial")}
    return Draft("conv_transpose", attributes, call.inputs[:1], call.outputs[:1], weights)


def _keras_cropped(
    rule: Any, kernel: Sequence[int], strides: Sequence[int], dilation: Sequence[int], extra: Sequence[int | None]
) -> Padding | None:
    """What Keras crops: TensorFlow's forward convolution of the same padding would pad as much at the output's size.

    Source: ``compute_conv_transpose_output_length`` of Keras, and TensorFlow's results.
    """
    if rule not in {"same", "valid"}:
        return None
    amounts = []
    for extent, stride, step, added in zip(kernel, strides, dilation, extra, strict=True):
        reach = (extent - 1) * step + 1
        if added is not None:
            total = (2 * (reach // 2) if rule == "same" else 0) - added
        else:
            total = reach - stride if rule == "same" else min(reach - stride, 0)
        before = max(total, 0) // 2 if rule == "same" else 0
        amounts.append((before, total - before))
    return tuple(amounts)


def _keras(rank: int) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        layout, given, shape = call.get("data_format") or LAST, call.get("output_padding"), call.shape()
        windows = (
            pairs(call.get("kernel_size"), rank),
            pairs(call.get("strides", 1), rank),
            pairs(call.get("dilation_rate", 1), rank),
        )
        extra = (None,) * rank if given is None else pairs(given, rank)
        cropped = _keras_cropped(call.get("padding", "valid"), *windows, extra)
        if cropped is None:
            return ()
        attributes = {
            **dict(zip(("kernel_size", "strides", "dilation"), windows, strict=True)),
            "cropped": cropped,
            "groups": 1,
            "filters": call.get("filters"),
            "in_channels": split(shape, layout)[0] if shape is not None and len(shape) == rank + 2 else None,
            "data_format": layout,
        }
        roles = ("kernel", "bias") if call.get("use_bias", True) else ("kernel",)
        draft = _draft(call, attributes, call.uses_in_order(*roles))
        return fused(draft, keras_function(call.get("activation"))) if draft is not None else ()

    return spell


def _keras_operation(call: Call) -> tuple[Draft, ...]:
    """``keras.ops.conv_transpose`` with a stored kernel."""
    call = named(call, "inputs", "kernel")
    stored = call.weight_shape("kernel")
    if set(call.node.inputs) != {"inputs"} or stored is None or len(stored) - 2 not in RANKS:
        return ()
    settings = {"kernel_size": stored[:-2], "filters": stored[-2], "use_bias": False}
    told = {name: call.get(name) for name in ("strides", "padding", "output_padding", "data_format", "dilation_rate")}
    weights = {"0": call.node.weights["kernel"]}
    node = replace(call.node, attributes={**{k: v for k, v in told.items() if v is not None}, **settings})
    return _keras(len(stored) - 2)(replace(call, node=replace(node, weights=weights)))


def torch(rank: int) -> Spelling:
    """A PyTorch module or ATen operator."""

    def spell(call: Call) -> tuple[Draft, ...]:
        stored, groups = call.weight_shape("weight"), call.get("groups", 1)
        if stored is None or len(stored) != rank + 2 or call.get("padding_mode", "zeros") != "zeros":
            return ()
        padding, extra = pairs(call.get("padding") or 0, rank), pairs(call.get("output_padding") or 0, rank)
        attributes = {
            "kernel_size": stored[2:],
            "strides": pairs(call.get("stride") or 1, rank),
            "dilation": pairs(call.get("dilation") or 1, rank),
            "cropped": tuple((amount, amount - added) for amount, added in zip(padding, extra, strict=True)),
            "groups": groups,
            "filters": stored[1] * groups,
            "in_channels": stored[0],
            "data_format": FIRST,
        }
        draft = _draft(call, attributes, call.uses(kernel="weight", bias="bias"))
        return (draft,) if draft is not None else ()

    return spell


def _onnx(call: Call) -> tuple[Draft, ...]:
    stored, groups = call.weight_shape("W"), call.get("group", 1)
    rank = len(stored) - 2 if stored is not None else 0
    if stored is None or rank < 1:
        return ()
    windows = (stored[2:], pairs(call.get("strides", 1), rank), pairs(call.get("dilations", 1), rank))
    extra = pairs(call.get("output_padding") or 0, rank)
    cropped = _onnx_cropped(call, windows, extra)
    if cropped is None:
        return ()
    attributes = {
        **dict(zip(("kernel_size", "strides", "dilation"), windows, strict=True)),
        "cropped": cropped,
        "groups": groups,
        "filters": stored[1] * groups,
        "in_channels": stored[0],
        "data_format": FIRST,
    }
    draft = _draft(call, attributes, call.uses(kernel="W", bias="B"))
    return (draft,) if draft is not None else ()


def _onnx_cropped(call: Call, windows: tuple[Sequence[int], ...], extra: Sequence[int]) -> Padding | None:
    """From ``pads``, or from the size that the output is to have; None where onnxruntime and ONNX do not agree.

    Source: the formulas in the documentation of ONNX's ConvTranspose, and the results of onnxruntime.
    """
    rank, rule, shape = len(extra), call.get("auto_pad", "NOTSET"), call.shape()
    wanted = call.get("output_shape") or ()
    if not wanted and rule in {"NOTSET", "VALID"}:
        pads = onnx_pads((rule == "NOTSET" and call.get("pads")) or (0,) * (2 * rank), rank)
        return tuple((before, after - added) for (before, after), added in zip(pads, extra, strict=True))
    if rule not in {"NOTSET", *SAME} or (not wanted and any(extra)) or (wanted and len(wanted) < rank):
        return None
    if wanted and (shape is None or len(shape) != rank + 2 or not whole(shape[2:])):
        return None
    targets = wanted[len(wanted) - rank :] or (None,) * rank
    amounts = []
    for at, (extent, stride, step) in enumerate(zip(*windows, strict=True)):
        target, size = targets[at], shape[2 + at] if shape is not None else None
        if isinstance(target, int) and isinstance(size, int):
            total = _covered(size, extent, stride, step) + extra[at] - target
        else:
            total = max((extent - 1) * step + 1 - stride, 0)
        before = max(total // 2 if rule == "SAME_UPPER" else total - total // 2, 0)
        amounts.append((before, total - before - extra[at]))
    return tuple(amounts)


def _tensors(slot: str, space: slice, out: int, *classes: str) -> Spelling:
    """What a kernel tells by itself; that of a convolution may look the same."""

    def spell(call: Call) -> tuple[Draft, ...]:
        slots = {"kernel": slot, "bias": "bias?"}
        shapes = call.matched(**slots)
        kernel = (shapes or {}).get("kernel", ())
        if shapes is None or len(kernel) - 2 not in RANKS or not (not classes or call.may_be(*classes)):
            return ()
        if shapes.get("bias", (kernel[out],)) != (kernel[out],) or not whole(kernel):
            return ()
        attributes = {"kernel_size": kernel[space], "filters": kernel[out], "groups": 1}
        return (Draft("conv_transpose", attributes, (), (), call.stand_for(**slots)),)

    return spell


def _macs(work: Work) -> int | None:
    """Each position of the input is multiplied by the whole kernel."""
    image = first(work.inputs)
    if image is None:
        return None
    channels, space = split(image, work.attributes["data_format"])
    positions = times(elements(image[:1]), elements(tuple(space)))
    return times(positions, work.weights["kernel"]) if channels else None


KIND = Kind(
    "conv_transpose",
    attributes={name: Attribute() for name in ("strides", "cropped", "dilation", "groups")},
    told=("data_format", "filters", "in_channels", "kernel_size"),
    roles={"kernel": Role("spatial out in", "in out spatial"), "bias": Role("out")},
    shape=_shape,
    sizes=_sizes,
    axes=_axes,
    macs=_macs,
    compute=later(__package__, "transposed_convolution"),
    spellings={
        **{("keras", f"Conv{rank}DTranspose"): _keras(rank) for rank in RANKS},
        ("keras.ops", "ConvTranspose"): _keras_operation,
        **{("torch.nn", f"ConvTranspose{rank}d"): torch(rank) for rank in RANKS},
        **{("aten", f"conv_transpose{rank}d"): torch(rank) for rank in RANKS},
        ("onnx", "ConvTranspose"): _onnx,
    },
    signatures={
        "torch.weights": (_tensors("weight", slice(2, None), 1),),
        "keras.weights": (_tensors("kernel", slice(None, -2), -2, *(f"Conv{rank}DTranspose" for rank in RANKS)),),
    },
)
