"""A vector for each number: one at its place, zeros elsewhere."""

from typing import Any

from parity.graph import Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, unknown_axes, whole
from parity.kinds._given import later


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    if not inputs or inputs[0] is None:
        return (None,)
    found, axis = inputs[0], attributes["axis"]
    at = axis % (len(found) + 1)
    return ((*found[:at], attributes["depth"], *found[at:]),)


def _draft(call: Call, depth: Any, axis: Any, *, on: float = 1.0, off: float = 0.0) -> tuple[Draft, ...]:
    shape = call.shape()
    if not whole(depth) or type(axis) is not int or len(call.inputs) != 1:
        return ()
    last = axis == -1 or (shape is not None and axis == len(shape))
    attributes = {"depth": depth, "axis": -1 if last else axis, "on": on, "off": off}
    return (Draft("one_hot", attributes, call.inputs, call.outputs[:1]),)


def _categories(call: Call) -> tuple[Draft, ...]:
    """Keras' CategoryEncoding: a vector for each number, or one for all numbers of the last axis together."""
    shape, mode, depth = call.shape(), call.get("output_mode", "multi_hot"), call.get("num_tokens")
    together = {"multi_hot": "max", "count": "sum"}.get(mode)
    if shape is None or not whole(depth) or call.get("sparse") or len(call.inputs) != 1:
        return ()
    base, flow, drafts = call.node.path, call.inputs, []
    if mode == "one_hot" and len(shape) > 1 and shape[-1] == 1:
        flow = (f"{base}:numbers",)
        drafts.append(Draft("select", {"axis": len(shape) - 1, "index": 0}, call.inputs, flow, part="numbers"))
    elif mode != "one_hot" and (together is None or len(shape) < 2):  # batch and numbers
        return ()
    made = (f"{base}:hot",) if together else call.outputs[:1]
    drafts.append(Draft("one_hot", {"depth": depth, "axis": -1, "on": 1.0, "off": 0.0}, flow, made, part="hot"))
    if together:
        attributes = {"function": together, "axes": (len(shape) - 1,), "keepdims": False}
        drafts.append(Draft("reduce", attributes, made, call.outputs[:1]))
    return tuple(drafts)


def _keras(call: Call) -> tuple[Draft, ...]:
    return _draft(call, call.get("num_classes"), call.get("axis", -1)) if not call.get("sparse") else ()


def _aten(call: Call) -> tuple[Draft, ...]:
    return _draft(call, call.get("num_classes"), -1)


def _onnx(call: Call) -> tuple[Draft, ...]:
    depth, values = call.get("depth"), call.get("values")
    depth = depth[0] if isinstance(depth, tuple) and len(depth) == 1 else depth
    off, on = values if isinstance(values, tuple) else (None, None)
    return _draft(call, depth, call.get("axis", -1), on=float(on), off=float(off)) if on is not None else ()


KIND = Kind(
    "one_hot",
    attributes={"depth": Attribute(), "axis": Attribute(), "on": Attribute(), "off": Attribute()},
    shape=_shape,
    axes=unknown_axes,
    compute=later(__package__, "one_hot"),
    spellings={
        ("keras", "CategoryEncoding"): _categories,
        ("keras.ops", "OneHot"): _keras,
        ("aten", "one_hot"): _aten,
        ("onnx", "OneHot"): _onnx,
    },
)
