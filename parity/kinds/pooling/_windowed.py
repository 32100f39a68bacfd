"""What maximum and average pooling have in common."""

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any

from parity.graph import Axes, Shape
from parity.kinds._contract import Attributes, AxisNames, Call, Draft, InputShapes, Spelling, whole
from parity.kinds._layouts import FIRST, LAST, image_axes, join, split
from parity.kinds._windows import (
    DILATED_SAME,
    NEGATIVE_SAME,
    SAME,
    VALID,
    onnx_pads,
    pairs,
    same,
    same_is_negative,
    spatial,
    symmetric,
)


def shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    """Output shape of a pooling window."""
    found, layout = (inputs[0] if inputs else None), attributes["data_format"]
    if found is None:
        return (None,)
    channels, space = split(found, layout)
    windows = (attributes[name] for name in ("pool_size", "strides", "dilation", "padding"))
    return (join(found[0], spatial(space, *windows, round_up=attributes["ceil_mode"]), channels, layout),)


def axes(attributes: Attributes, _: tuple[Axes | None, ...]) -> AxisNames:
    """Pooling knows which axes are spatial."""
    named = image_axes(len(attributes["pool_size"]) + 2, attributes["data_format"])
    return (named,), (named,)


def _draft(call: Call, kind: str, attributes: dict[str, Any]) -> tuple[Draft, ...]:
    sizes = (attributes[name] for name in ("pool_size", "strides", "dilation"))
    if "padding" not in attributes or not whole(*sizes) or attributes["data_format"] not in {FIRST, LAST}:
        return ()
    if "count_include_pad" in attributes:
        if attributes["padding"] == ((0, 0),) * len(attributes["pool_size"]):
            attributes["count_include_pad"] = None  # where nothing is padded there is nothing to count
        elif attributes["padding"] in (NEGATIVE_SAME, DILATED_SAME):
            attributes["count_include_pad"] = attributes["padding"]
    return (Draft(kind, attributes, call.inputs[:1], call.outputs[:1]),)


def _named_padding(rule: str, call: Call, attributes: Mapping[str, Any]) -> dict[str, Any]:
    rank = len(attributes["pool_size"])
    if rule in VALID:
        return {"padding": ((0, 0),) * rank}
    if rule not in SAME:
        return {}
    found = call.shape()
    space = split(found, attributes["data_format"])[1] if found else (None,) * rank
    kernel, strides, dilation = (attributes[name] for name in ("pool_size", "strides", "dilation"))
    if call.node.dialect == "onnx" and same_is_negative(space, kernel, strides, dilation):
        return {"padding": NEGATIVE_SAME}
    if call.node.dialect == "onnx" and any(each > 1 for each in dilation):
        return {"padding": DILATED_SAME}
    return {"padding": same(space, kernel, strides, dilation, rule), "padding_rule": SAME[rule]}


def keras(kind: str, rank: int) -> Spelling:
    """A Keras pooling layer; ``same`` padding never counts as part of the average."""

    def spell(call: Call) -> tuple[Draft, ...]:
        size = pairs(call.get("pool_size", 2), rank)
        attributes: dict[str, Any] = {
            "pool_size": size,
            "strides": pairs(call.get("strides") or size, rank),
            "dilation": (1,) * rank,
            "ceil_mode": False,
            "data_format": call.get("data_format") or LAST,
        }
        attributes |= _named_padding(call.get("padding", "valid"), call, attributes)
        if kind == "average_pool":
            attributes["count_include_pad"] = False
        return _draft(call, kind, attributes)

    return spell


def keras_operation(kind: str) -> Spelling:
    """``keras.ops.max_pool`` or ``average_pool``, whose rank is that of its input."""
    return lambda call: keras(kind, len(found) - 2)(call) if (found := call.shape()) is not None else ()


def torch(kind: str, rank: int) -> Spelling:
    """A PyTorch pooling module or ATen operator."""

    def spell(call: Call) -> tuple[Draft, ...]:
        size = pairs(call.get("kernel_size"), rank)
        attributes: dict[str, Any] = {
            "pool_size": size,
            "strides": pairs(call.get("stride") or size, rank),
            "dilation": pairs(call.get("dilation", 1), rank),
            "ceil_mode": bool(call.get("ceil_mode", False)),
            "padding": symmetric(call.get("padding", 0), rank),
            "data_format": FIRST,
        }
        if kind == "average_pool":
            divisor = call.get("divisor_override")
            attributes["count_include_pad"] = bool(call.get("count_include_pad", True)) or divisor is not None
            if divisor is not None:
                return _divided_by(divisor, _draft(call, kind, attributes))
        return _draft(call, kind, attributes)

    return spell


def _divided_by(divisor: Any, drafts: tuple[Draft, ...]) -> tuple[Draft, ...]:
    """PyTorch's ``divisor_override``: sums of windows divided by a number, whatever part of them is padding.

    The mean of windows that are cut off where sizes are rounded up is no multiple of that.
    """
    if not drafts or drafts[0].attributes["ceil_mode"] or not whole(divisor) or not divisor:
        return ()
    size = prod(drafts[0].attributes["pool_size"])
    if size == divisor:
        return drafts
    mean = f"{drafts[0].outputs[0]}:mean"
    times = {"function": "multiply", "operand": size / divisor}
    return (
        replace(drafts[0], outputs=(mean,), part="mean"),
        Draft("elementwise", times, (mean,), drafts[0].outputs, part="divisor"),
    )


def onnx(kind: str) -> Spelling:
    """ONNX's MaxPool or AveragePool, whose stride defaults to 1."""

    def spell(call: Call) -> tuple[Draft, ...]:
        size = tuple(call.get("kernel_shape"))
        rank = len(size)
        attributes: dict[str, Any] = {
            "pool_size": size,
            "strides": pairs(call.get("strides", 1), rank),
            "dilation": pairs(call.get("dilations", 1), rank),
            "ceil_mode": bool(call.get("ceil_mode", 0)),
            "data_format": FIRST,
        }
        if call.get("storage_order", 0) and len(call.outputs) > 1:
            return ()  # the places of the maxima are counted by columns
        rule, pads = call.get("auto_pad", "NOTSET"), call.get("pads") or (0,) * (2 * rank)
        attributes |= {"padding": onnx_pads(pads, rank)} if rule == "NOTSET" else _named_padding(rule, call, attributes)
        if kind == "average_pool":
            attributes["count_include_pad"] = bool(call.get("count_include_pad", 0))
        return _draft(call, kind, attributes)

    return spell
