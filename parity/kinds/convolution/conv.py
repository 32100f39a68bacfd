"""Convolution over one, two or three spatial axes, with groups and dilation."""

from collections.abc import Mapping
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
from parity.kinds._windows import SAME, VALID, onnx_pads, pairs, same, spatial, symmetric
from parity.kinds.activation.activation import fused, keras_function, with_optimised
from parity.kinds.convolution import conv_transpose

RANKS = (1, 2, 3)
KERNEL_NAMES = ("kd", "kh", "kw")


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, layout = (inputs[0] if inputs else None), attributes["data_format"]
    if found is None:
        return (None,)
    _, space = split(found, layout)
    windows = (attributes[name] for name in ("kernel_size", "strides", "dilation", "padding"))
    return (join(found[0], spatial(space, *windows), attributes["filters"], layout),)


def _sizes(attributes: Attributes, inputs: InputShapes) -> Mapping[str, int]:
    found, kernel = (inputs[0] if inputs else None), attributes["kernel_size"]
    batched = found is not None and len(found) == len(kernel) + 2
    channels = split(found, attributes["data_format"])[0] if found and batched else attributes.get("in_channels")
    filters, groups = attributes["filters"], attributes["groups"]
    sizes = {"out": filters, "group": groups, "multiplier": filters // groups}
    sizes |= dict(zip(KERNEL_NAMES[-len(kernel) :], kernel, strict=True))
    return {**sizes, "in": channels // groups} if isinstance(channels, int) else sizes


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    named = image_axes(len(attributes["kernel_size"]) + 2, attributes["data_format"])
    return (named, *inputs[1:]), (named,)


def _named_padding(rule: str, call: Call, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Explicit amounts of Keras' and PyTorch's named paddings and of ONNX's ``auto_pad``; {} for a name of no known."""
    kernel, strides, dilation = (attributes[name] for name in ("kernel_size", "strides", "dilation"))
    if rule in VALID:
        return {"padding": ((0, 0),) * len(kernel)}
    if rule == "causal" and len(kernel) == 1:
        return {"padding": (((kernel[0] - 1) * dilation[0], 0),)}
    if rule not in SAME:
        return {}
    shape = call.shape()
    space = split(shape, attributes["data_format"])[1] if shape else (None,) * len(kernel)
    return {"padding": same(space, kernel, strides, dilation, rule), "padding_rule": SAME[rule]}


def _draft(call: Call, attributes: dict[str, Any], weights: Mapping[str, Use]) -> Draft | None:
    """The layer, if its settings make one. Without padding it does not matter with what it would be filled."""
    sizes = (attributes[name] for name in ("kernel_size", "strides", "dilation", "groups", "filters"))
    if "padding" not in attributes or not whole(*sizes) or attributes["data_format"] not in {FIRST, LAST}:
        return None
    if attributes["padding"] == ((0, 0),) * len(attributes["kernel_size"]):
        attributes["padding_mode"] = "zeros"
    computed = tuple(call.node.inputs[slot] for slot in ("weight", "W") if slot in call.node.inputs)
    inputs = (*call.inputs[:1], *computed)
    return Draft("conv", attributes, inputs, call.outputs[:1], _grouped(attributes, weights))


def _channels(call: Call, rank: int) -> Any:
    """Channels of a Keras layer's input, where the input is known."""
    shape = call.shape()
    known = shape is not None and len(shape) == rank + 2
    return split(shape, call.get("data_format") or LAST)[0] if shape is not None and known else None


def _grouped(attributes: Mapping[str, Any], weights: Mapping[str, Use]) -> Mapping[str, Use]:
    """The weights, with the output axis named as Keras' depthwise kernel has it where each channel is its own group."""
    groups, kernel = attributes["groups"], weights.get("kernel")
    if kernel is None or kernel.axes or groups == 1 or groups != attributes.get("in_channels"):
        return weights
    layout = "spatial in group*multiplier" if attributes["data_format"] == LAST else "group*multiplier in spatial"
    return {**weights, "kernel": Use(kernel.name, layout)}


def depthwise(call: Call, rank: int, slots: tuple[str, ...] = ("0", "1")) -> Draft | None:
    """Keras' depthwise convolution: a group for each channel, ``depth_multiplier`` filters in each.

    Args:
        call: a layer with the settings of a depthwise convolution.
        rank: the number of spatial axes.
        slots: of the kernel, (kh, kw, channels, multiplier), and of the bias if there is one.
    """
    shape, stored = call.shape(), call.weight_shape(slots[0])
    layout = call.get("data_format") or LAST
    channels = stored[-2] if stored else split(shape, layout)[0] if shape else None
    multiplier = call.get("depth_multiplier", 1)
    if not whole(channels, multiplier):
        return None
    strides = pairs(call.get("strides", 1), rank)
    attributes = {
        "kernel_size": pairs(call.get("kernel_size"), rank),
        "strides": strides,
        "dilation": pairs(call.get("dilation_rate", 1), rank),
        "padding_mode": "zeros",
        "groups": channels,
        "filters": channels * multiplier,
        "in_channels": channels,
        "data_format": layout,
    }
    attributes |= _named_padding(call.get("padding", "valid"), call, attributes)
    weights = {"kernel": Use(call.node.weights[slots[0]], _kernel_axes(channels))} if call.has(slots[0]) else {}
    return _draft(call, attributes, weights | (call.uses(bias=slots[1]) if len(slots) > 1 else {}))


def _kernel_axes(channels: Dim) -> str:
    """The axes of a depthwise kernel; of images of one channel that is a kernel as any other."""
    return "spatial in out" if channels == 1 else "spatial group multiplier"


def _keras_depthwise(rank: int) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        draft = depthwise(call, rank, ("0", "1") if call.get("use_bias", True) else ("0",))
        return fused(draft, keras_function(call.get("activation"))) if draft is not None else ()

    return spell


def _keras(rank: int) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        attributes = {
            "kernel_size": pairs(call.get("kernel_size"), rank),
            "strides": pairs(call.get("strides", 1), rank),
            "dilation": pairs(call.get("dilation_rate", 1), rank),
            "padding_mode": "zeros",
            "groups": call.get("groups", 1),
            "filters": call.get("filters"),
            "in_channels": _channels(call, rank),
            "data_format": call.get("data_format") or LAST,
        }
        attributes |= _named_padding(call.get("padding", "valid"), call, attributes)
        roles = ("kernel", "bias") if call.get("use_bias", True) else ("kernel",)
        draft = _draft(call, attributes, call.uses_in_order(*roles))
        return fused(draft, keras_function(call.get("activation"))) if draft is not None else ()

    return spell


def _keras_operation(call: Call) -> tuple[Draft, ...]:
    """``keras.ops.conv`` with a stored kernel, whose input channels are those of a group."""
    call = named(call, "inputs", "kernel")
    shape, stored = call.shape(), call.weight_shape("kernel")
    layout = call.get("data_format") or LAST
    if set(call.node.inputs) != {"inputs"} or shape is None or stored is None or len(stored) != len(shape):
        return ()
    channels, rank = split(shape, layout)[0], len(stored) - 2
    if not isinstance(channels, int) or channels % stored[-2] or rank not in RANKS:
        return ()
    attributes = {
        "kernel_size": stored[:-2],
        "strides": pairs(call.get("strides", 1), rank),
        "dilation": pairs(call.get("dilation_rate", 1), rank),
        "padding_mode": "zeros",
        "groups": channels // stored[-2],
        "filters": stored[-1],
        "in_channels": channels,
        "data_format": layout,
    }
    attributes |= _named_padding(call.get("padding", "valid"), call, attributes)
    draft = _draft(call, attributes, call.uses(kernel="kernel"))
    return (draft,) if draft is not None else ()


def _keras_depthwise_operation(call: Call) -> tuple[Draft, ...]:
    """``keras.ops.depthwise_conv`` with a stored kernel."""
    call = named(call, "inputs", "kernel")
    stored = call.weight_shape("kernel")
    if set(call.node.inputs) != {"inputs"} or stored is None or len(stored) - 2 not in RANKS:
        return ()
    settings = {"kernel_size": stored[:-2], "depth_multiplier": stored[-1]}
    told = {name: call.get(name) for name in ("strides", "padding", "data_format", "dilation_rate")}
    known = {name: value for name, value in told.items() if value is not None}
    node = replace(call.node, attributes={**known, **settings})
    draft = depthwise(replace(call, node=node), len(stored) - 2, ("kernel",))
    return (draft,) if draft is not None else ()


def _torch(rank: int) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        stored = _kernel(call, "weight")
        if stored is None or len(stored) != rank + 2:
            return ()
        attributes = {
            "kernel_size": stored[2:],
            "strides": pairs(call.get("stride") or 1, rank),
            "dilation": pairs(call.get("dilation") or 1, rank),
            "padding_mode": call.get("padding_mode", "zeros"),
            "groups": call.get("groups", 1),
            "filters": stored[0],
            "in_channels": call.get("in_channels", stored[1] * call.get("groups", 1)),
            "data_format": FIRST,
        }
        amounts = call.get("padding", 0)
        named = _named_padding(amounts, call, attributes) if isinstance(amounts, str) else None
        attributes |= {"padding": symmetric(amounts, rank)} if named is None else named
        draft = _draft(call, attributes, call.uses(kernel="weight", bias="bias"))
        return (draft,) if draft is not None else ()

    return spell


def _aten(call: Call) -> tuple[Draft, ...]:
    """The general convolution that exports of core operators have."""
    rank = len(_kernel(call, "weight") or ()) - 2
    if rank not in RANKS:
        return ()
    return conv_transpose.torch(rank)(call) if call.get("transposed") else _torch(rank)(call)


def _onnx(call: Call) -> tuple[Draft, ...]:
    stored, shape = _kernel(call, "W"), call.shape()
    if stored is None:
        return ()
    rank = len(stored) - 2
    if (
        rank < 1
        or (shape is not None and len(shape) != len(stored))
        or call.get("kernel_shape", stored[2:]) != stored[2:]
    ):
        return ()
    attributes = {
        "kernel_size": stored[2:],
        "strides": pairs(call.get("strides", 1), rank),
        "dilation": pairs(call.get("dilations", 1), rank),
        "padding_mode": "zeros",
        "groups": call.get("group", 1),
        "filters": stored[0],
        "in_channels": stored[1] * call.get("group", 1),
        "data_format": FIRST,
    }
    rule, pads = call.get("auto_pad", "NOTSET"), call.get("pads") or (0,) * (2 * rank)
    attributes |= {"padding": onnx_pads(pads, rank)} if rule == "NOTSET" else _named_padding(rule, call, attributes)
    draft = _draft(call, attributes, call.uses(kernel="W", bias="B"))
    return (draft,) if draft is not None else ()


def _kernel(call: Call, slot: str) -> tuple[int, ...] | None:
    """The shape of the kernel, which is stored, or which the model computes of other weights; None where it is free."""
    if (
        call.has(slot) or next(iter(call.node.inputs), slot) == slot
    ):  # else it is computed, beside an image that is, too
        return call.weight_shape(slot)
    value = call.values.get(call.node.inputs.get(slot, ""))
    shape = value.shape if value is not None and value.shape is not None else ()
    sizes = tuple(size for size in shape if isinstance(size, int))
    return sizes if sizes and len(sizes) == len(shape) == len(call.shape() or ()) else None


def _told(call: Call, kernel: str, size: tuple[int, ...], filters: int, layout: str = "") -> tuple[Draft, ...]:
    """What a kernel tells by itself, with a bias of one element for each filter if there is one."""
    slots = {"kernel": kernel, "bias": "bias?"}
    shapes, uses = call.matched(**slots), call.stand_for(**slots)
    if shapes is None or not whole(*size, filters) or shapes.get("bias", (filters,)) != (filters,):
        return ()
    weights = {**uses, "kernel": Use(uses["kernel"].name, layout)}
    return (Draft("conv", {"kernel_size": size, "filters": filters}, (), (), weights),)


def _torch_tensors(call: Call) -> tuple[Draft, ...]:
    shape = call.weight_shape("weight") or ()
    return _told(call, "weight", shape[2:], shape[0]) if len(shape) - 2 in RANKS else ()


def _torch_depthwise_tensors(call: Call) -> tuple[Draft, ...]:
    """Kernels of one input channel: one for each channel, or those of a convolution on images of one channel."""
    shape = call.weight_shape("weight") or ()
    single = len(shape) - 2 in RANKS and shape[1] == 1 < shape[0]
    return _told(call, "weight", shape[2:], shape[0], "group*multiplier in spatial") if single else ()


def _keras_tensors(call: Call) -> tuple[Draft, ...]:
    shape = (call.matched(kernel="kernel", bias="bias?") or {}).get("kernel", ())
    if len(shape) - 2 not in RANKS or not call.may_be(*(f"Conv{rank}D" for rank in RANKS)):
        return ()
    return _told(call, "kernel", shape[:-2], shape[-1])


def _keras_depthwise_tensors(kernel: str) -> Spelling:
    """A kernel of one input channel, which Keras 2 calls otherwise than Keras 3."""

    def spell(call: Call) -> tuple[Draft, ...]:
        shape = (call.matched(kernel=kernel, bias="bias?") or {}).get("kernel", ())
        if len(shape) - 2 not in RANKS or not call.may_be(*(f"DepthwiseConv{rank}D" for rank in RANKS)):
            return ()
        return _told(call, kernel, shape[:-2], shape[-2] * shape[-1], _kernel_axes(shape[-2]))

    return spell


def _macs(work: Work) -> int | None:
    """Each output is the sum over the window and the channels of its group; the kernel may be computed, too."""
    told, computed = work.attributes, work.inputs[1] if len(work.inputs) > 1 else None
    kernel = work.weights.get("kernel") or elements(computed)
    return times(elements(first(work.outputs)), None if kernel is None else kernel // told["filters"])


KIND = Kind(
    "conv",
    attributes={name: Attribute() for name in ("strides", "padding", "padding_mode", "dilation", "groups")},
    told=("data_format", "filters", "in_channels", "kernel_size", "padding_rule"),
    roles={"kernel": Role("spatial in out", "out in spatial"), "bias": Role("out")},
    shape=_shape,
    sizes=_sizes,
    axes=_axes,
    macs=_macs,
    compute=later(__package__, "convolution"),
    spellings={
        **{("keras", f"Conv{rank}D"): _keras(rank) for rank in RANKS},
        **{("keras", f"DepthwiseConv{rank}D"): _keras_depthwise(rank) for rank in (1, 2)},
        ("keras.ops", "Conv"): _keras_operation,
        ("keras.ops", "DepthwiseConv"): _keras_depthwise_operation,
        **{("torch.nn", f"Conv{rank}d"): _torch(rank) for rank in RANKS},
        **{("aten", f"conv{rank}d"): _torch(rank) for rank in RANKS},
        ("aten", "convolution"): _aten,
        ("onnx", "Conv"): _onnx,
        ("onnx:com.microsoft", "FusedConv"): with_optimised(_onnx),
    },
    signatures={
        "torch.weights": (_torch_tensors, _torch_depthwise_tensors),
        "keras.weights": (
            _keras_tensors,
            _keras_depthwise_tensors("depthwise_kernel"),
            _keras_depthwise_tensors("kernel"),
        ),
    },
)
