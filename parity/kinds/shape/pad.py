"""Padding as a layer of its own."""

from typing import Any

from parity.graph import Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Spelling, whole
from parity.kinds._given import later
from parity.kinds._layouts import FIRST, LAST
from parity.kinds._operands import constant
from parity.kinds._windows import onnx_pads, pairs
from parity.kinds.shape._keras_images import amounts
from parity.kinds.source._ranges import cropped

MODES = {
    "constant": "constant",
    "reflect": "reflect",
    "replicate": "replicate",
    "edge": "replicate",
    "circular": "circular",
    "wrap": "circular",
    "symmetric": "symmetric",
}
"""PyTorch's names of what fills the new places, and ONNX's; Keras alone has the last one."""

MODULES = {
    "ZeroPad": "constant",
    "ConstantPad": "constant",
    "ReflectionPad": "reflect",
    "ReplicationPad": "replicate",
    "CircularPad": "circular",
}


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found = inputs[0] if inputs else None
    if found is None or len(found) != len(attributes["amounts"]):
        return (None,)
    return (
        tuple(
            size + before + after if isinstance(size, int) else (size if not before + after else None)
            for size, (before, after) in zip(found, attributes["amounts"], strict=True)
        ),
    )


def _draft(call: Call, amounts: Any, mode: Any, value: Any) -> tuple[Draft, ...]:
    ends = tuple((before, after) for before, after in amounts)
    if mode not in MODES or not all(type(each) is int for pair in ends for each in pair):
        return ()
    if any(each for pair in ends for each in pair) and all(each <= 0 for pair in ends for each in pair):
        return cropped(call, [(-before, -after) for before, after in ends])
    attributes = {"amounts": ends, "mode": MODES[mode], "value": float(value or 0.0)}
    return (Draft("pad", attributes, call.inputs[:1], call.outputs[:1]),)


def _keras(rank: int) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        given, layout = call.get("padding"), call.get("data_format") or LAST
        space = [pairs(each, 2) for each in ([given] if rank == 1 else entries(given, rank))]
        none = [(0, 0)]
        amounts = [*none, *space, *none] if layout == LAST else [*none, *none, *space]
        return _draft(call, amounts, "constant", 0.0) if layout in {FIRST, LAST} else ()

    return spell


def _keras_operation(call: Call) -> tuple[Draft, ...]:
    mode, value = call.get("mode", "constant"), constant(call.get("constant_values"))
    return _draft(call, call.get("pad_width"), mode, value) if value is None or type(value) in {int, float} else ()


def _keras_images(call: Call) -> tuple[Draft, ...]:
    ends = amounts(call, "padding", sign=1)
    return _draft(call, ends, "constant", 0.0) if ends is not None else ()


def entries(given: Any, rank: int) -> list[Any]:
    """An entry for each spatial axis, from a number or from as many entries.

    Raises:
        TypeError, ValueError: it is neither.
    """
    entries = [given] * rank if isinstance(given, int) else list(given)
    if len(entries) != rank:
        raise ValueError(given)
    return entries


def _from_last(pad: Any) -> list[tuple[Any, Any]]:
    """PyTorch lists the amounts from the last axis backwards."""
    return [(pad[at], pad[at + 1]) for at in range(0, len(pad), 2)][::-1]


def _module(rank: int, mode: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        ends = _from_last(pairs(call.get("padding"), 2 * rank))
        return _draft(call, [(0, 0), (0, 0), *ends], mode, call.get("value"))

    return spell


def _aten(call: Call) -> tuple[Draft, ...]:
    pad, shape = call.get("pad"), call.shape()
    if not isinstance(pad, list | tuple) or shape is None or len(pad) > 2 * len(shape):
        return ()
    ends = _from_last(pad)
    return _draft(call, [(0, 0)] * (len(shape) - len(ends)) + ends, call.get("mode", "constant"), call.get("value"))


def _onnx(call: Call) -> tuple[Draft, ...]:
    pads, axes, shape = call.get("pads", call.get("paddings")), call.get("axes"), call.shape()
    value = call.get("constant_value", call.get("value", 0.0))
    value = value[0] if isinstance(value, tuple) and len(value) == 1 else value
    if not isinstance(pads, list | tuple) or len(call.inputs) != 1:
        return ()
    amounts = onnx_pads(pads, len(pads) // 2)
    if axes is not None:
        if shape is None or len(axes) != len(amounts) or not whole(axes, least=-len(shape)):
            return ()
        named = {axis % len(shape): amount for axis, amount in zip(axes, amounts, strict=True)}
        amounts = tuple(named.get(at, (0, 0)) for at in range(len(shape)))
    return _draft(call, amounts, call.get("mode", "constant"), value)


KIND = Kind(
    "pad",
    attributes={"amounts": Attribute(), "mode": Attribute(), "value": Attribute()},
    shape=_shape,
    compute=later(__package__, "pad"),
    spellings={
        **{("keras", f"ZeroPadding{rank}D"): _keras(rank) for rank in (1, 2, 3)},
        **{("torch.nn", f"{name}{rank}d"): _module(rank, mode) for name, mode in MODULES.items() for rank in (1, 2, 3)},
        ("keras.ops", "Pad"): _keras_operation,
        ("keras.ops", "PadImages"): _keras_images,
        ("aten", "pad"): _aten,
        ("aten", "constant_pad_nd"): _aten,
        ("onnx", "Pad"): _onnx,
    },
)
