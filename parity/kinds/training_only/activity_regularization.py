"""Adds a penalty on its input to the loss, and passes the input on."""

from parity.graph import Effect
from parity.kinds._contract import Attribute, Call, Draft, Kind
from parity.kinds._given import later


def _keras(call: Call) -> tuple[Draft, ...]:
    attributes = {name: float(call.get(name) or 0.0) for name in ("l1", "l2")}
    return (Draft("activity_regularization", attributes, call.inputs[:1], call.outputs[:1]),)


KIND = Kind(
    "activity_regularization",
    attributes={name: Attribute(Effect.TRAINING) for name in ("l1", "l2")},
    compute=later(__package__, "passed_on"),
    spellings={("keras", "ActivityRegularization"): _keras},
    training_only=True,
)
