"""Adds normally distributed noise while training."""

from typing import Any

from parity.graph import Effect
from parity.kinds._contract import Attribute, Call, Draft, Kind
from parity.kinds._given import later
from parity.kinds._modes import ALWAYS, always, never


def _keras(call: Call) -> tuple[Draft, ...]:
    stddev = float(call.get("stddev"))
    attributes: dict[str, Any] = {"stddev": 0.0 if never(call) else stddev}
    if always(call):
        attributes["always"] = True
    return (Draft("gaussian_noise", attributes, call.inputs[:1], call.outputs[:1]),)


KIND = Kind(
    "gaussian_noise",
    attributes={"stddev": Attribute(Effect.TRAINING), **ALWAYS},
    compute=later(__package__, "passed_on"),
    spellings={("keras", "GaussianNoise"): _keras},
    training_only=True,
)
