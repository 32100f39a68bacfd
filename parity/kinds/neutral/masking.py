"""Keras' Masking: zeroes the steps of which every feature has one value, and tells what follows to skip them."""

from parity.kinds._contract import Attribute, Call, Draft, Kind
from parity.kinds._given import later


def _keras(call: Call) -> tuple[Draft, ...]:
    return (Draft("masking", {"value": float(call.get("mask_value", 0.0))}, call.inputs[:1], call.outputs[:1]),)


KIND = Kind(
    "masking",
    attributes={"value": Attribute()},
    spellings={("keras", "Masking"): _keras},
    compute=later(__package__, "masking"),
)
