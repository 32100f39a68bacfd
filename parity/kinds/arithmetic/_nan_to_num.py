"""``nan_to_num``: 0 for NaN, and the largest finite numbers of the type for both infinities."""

from math import inf
from typing import Any

from parity.kinds._contract import Call, Draft
from parity.kinds._keras_places import named
from parity.kinds._written_out import Step, written_out

LARGEST = {
    "float16": 65504.0,
    "bfloat16": 3.3895313892515355e38,
    "float32": 3.4028234663852886e38,
    "float64": 1.7976931348623157e308,
}
"""The largest finite number of each type."""


def of_torch(call: Call) -> tuple[Draft, ...]:
    """ATen's ``nan_to_num``."""
    return _replaced(call, "self")


def of_keras(call: Call) -> tuple[Draft, ...]:
    """``keras.ops.nan_to_num``."""
    return _replaced(named(call, "x"), "x")


def _replaced(call: Call, slot: str) -> tuple[Draft, ...]:
    """One choice for each of the three; none where the type is not known, which tells the largest numbers."""
    given = call.values.get(call.node.inputs.get(slot, ""))
    most = LARGEST.get(given.dtype or "") if given is not None else None
    if most is None:
        return ()
    nothing, high, low = (call.get(name) for name in ("nan", "posinf", "neginf"))
    choices = {"high": (inf, most if high is None else high), "low": (-inf, -most if low is None else low)}
    steps = [Step("IsNaN", {"X": slot}, "none"), _where("none", slot, "number", nothing or 0.0)]
    for name, (met, put) in choices.items():
        before = steps[-1].made
        steps += [Step("Equal", {"A": before}, name, {"B": met}), _where(name, before, f"{name}-bounded", put)]
    return written_out(call, steps)


def _where(condition: str, elsewhere: str, made: str, put: Any) -> Step:
    return Step("Where", {"condition": condition, "Y": elsewhere}, made, {"X": float(put)})
