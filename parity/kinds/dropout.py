"""Dropout: zeroes a share of its input while training, passes it on otherwise."""

from typing import Any

from parity.graph import Effect
from parity.kinds._contract import Attribute, Call, Draft, Kind


def _draft(call: Call, rate: Any) -> tuple[Draft, ...]:
    return (Draft("dropout", {"rate": float(rate)}, call.inputs[:1], call.outputs[:1]),)


def _keras(call: Call) -> tuple[Draft, ...]:
    return _draft(call, call.get("rate", 0.5))


def _torch(call: Call) -> tuple[Draft, ...]:
    return _draft(call, call.get("p", 0.5))


def _onnx(call: Call) -> tuple[Draft, ...]:
    return _draft(call, call.get("ratio", 0.5))


KIND = Kind(
    "dropout",
    attributes={"rate": Attribute(Effect.TRAINING)},
    spellings={
        ("keras", "Dropout"): _keras,
        ("torch.nn", "Dropout"): _torch,
        ("aten", "dropout"): _torch,
        ("onnx", "Dropout"): _onnx,
    },
)
