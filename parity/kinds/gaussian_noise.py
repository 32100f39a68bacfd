"""Adds normally distributed noise while training."""

from parity.graph import Effect
from parity.kinds._contract import Attribute, Call, Draft, Kind


def _keras(call: Call) -> tuple[Draft, ...]:
    return (Draft("gaussian_noise", {"stddev": float(call.get("stddev"))}, call.inputs[:1], call.outputs[:1]),)


KIND = Kind(
    "gaussian_noise",
    attributes={"stddev": Attribute(Effect.TRAINING)},
    spellings={("keras", "GaussianNoise"): _keras},
    training_only=True,
)
