"""Padding as a layer of its own."""

from collections.abc import Sequence
from typing import Any

from parity.graph import Shape
from parity.kinds._contract import Attribute, Attributes, Call, Draft, InputShapes, Kind, Spelling
from parity.kinds._layouts import LAST
from parity.kinds._windows import onnx_pads


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


def _draft(call: Call, amounts: Any, mode: str, value: float) -> tuple[Draft, ...]:
    attributes = {"amounts": tuple(tuple(each) for each in amounts), "mode": mode, "value": float(value)}
    return (Draft("pad", attributes, call.inputs[:1], call.outputs[:1]),)


def _keras(rank: int) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        given = call.get("padding")
        space = [given] if rank == 1 and not isinstance(given[0], list | tuple) else list(given)
        none = [(0, 0)]
        last = (call.get("data_format") or LAST) == LAST
        return _draft(call, [*none, *space, *none] if last else [*none, *none, *space], "constant", 0.0)

    return spell


def _aten(call: Call) -> tuple[Draft, ...]:
    """ATen lists the amounts from the last axis backwards."""
    pad, shape = call.get("pad"), call.shape()
    if not isinstance(pad, Sequence) or shape is None:
        return ()
    ends = [(pad[at], pad[at + 1]) for at in range(0, len(pad), 2)][::-1]
    amounts = [(0, 0)] * (len(shape) - len(ends)) + ends
    return _draft(call, amounts, call.get("mode", "constant"), call.get("value") or 0.0)


def _onnx(call: Call) -> tuple[Draft, ...]:
    pads = call.get("pads")
    if not isinstance(pads, Sequence) or call.get("axes") is not None:
        return ()
    value = call.get("constant_value", call.get("value", 0.0))
    value = value[0] if isinstance(value, tuple) and len(value) == 1 else value
    return _draft(call, onnx_pads(pads), call.get("mode", "constant"), value or 0.0)


KIND = Kind(
    "pad",
    attributes={"amounts": Attribute(), "mode": Attribute(), "value": Attribute()},
    shape=_shape,
    spellings={
        **{("keras", f"ZeroPadding{rank}D"): _keras(rank) for rank in (1, 2, 3)},
        ("aten", "pad"): _aten,
        ("aten", "constant_pad_nd"): _aten,
        ("onnx", "Pad"): _onnx,
    },
)
