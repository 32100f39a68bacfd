"""Passes its input on unchanged, and no gradient back."""

from parity.kinds._contract import Call, Draft, Kind
from parity.kinds._given import later


def _spell(call: Call) -> tuple[Draft, ...]:
    return (Draft("gradient_stop", {}, call.inputs[:1], call.outputs[:1]),)


KIND = Kind(
    "gradient_stop",
    compute=later(__package__, "passed_on"),
    spellings={("aten", "detach"): _spell, ("keras.ops", "StopGradient"): _spell},
    training_only=True,
)
