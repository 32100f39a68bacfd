"""Passes its input on unchanged, in training too."""

from parity.kinds import _time_distributed
from parity.kinds._contract import Call, Draft, Kind
from parity.kinds._given import later


def _spell(call: Call) -> tuple[Draft, ...]:
    return (Draft("identity", {}, call.inputs[:1], call.outputs[:1]),)


KIND = Kind(
    "identity",
    compute=later(__package__, "identity"),
    spellings={
        ("keras", "Identity"): _spell,
        ("keras", "TimeDistributed"): _time_distributed.spell,
        ("torch.nn", "Identity"): _spell,
        ("aten", "clone"): _spell,
        ("aten", "contiguous"): _spell,
        ("aten", "alias"): _spell,
        ("aten", "lift_fresh_copy"): _spell,
        ("keras.ops", "Copy"): _spell,
        ("onnx", "Identity"): _spell,
    },
)
