"""Divides by the norm along axes, so that the norm of what comes out is 1."""

from typing import Any

from parity.graph import Effect
from parity.kinds._contract import Attribute, Call, Draft, Kind
from parity.kinds._given import later
from parity.kinds.normalization._axes import from_end

KERAS_EPSILON = 1e-12
"""What the layer UnitNormalization divides by at least."""

BACKEND_EPSILON = 1e-7
"""What ``keras.ops.normalize`` does without an epsilon of its own."""


def _draft(call: Call, axis: Any, order: Any, epsilon: float) -> tuple[Draft, ...]:
    axes = from_end(axis, call.shape())
    if axes is None or not isinstance(order, int | float) or len(call.inputs) > 1:
        return ()
    attributes = {"axes": axes, "order": float(order), "epsilon": epsilon}
    return (Draft("unit_norm", attributes, call.inputs[:1], call.outputs[:1]),)


def _keras(call: Call) -> tuple[Draft, ...]:
    return _draft(call, call.get("axis", -1), 2, KERAS_EPSILON)


def _keras_operation(call: Call) -> tuple[Draft, ...]:
    epsilon = call.get("epsilon")
    given = BACKEND_EPSILON if epsilon is None else float(epsilon)
    return _draft(call, call.get("axis", -1), call.get("order", 2), given)


def _onnx(call: Call) -> tuple[Draft, ...]:
    return _draft(call, call.get("axis", -1), call.get("p", 2), 0.0)


KIND = Kind(
    "unit_norm",
    attributes={
        "axes": Attribute(Effect.INFERENCE, is_axis=True),
        "order": Attribute(Effect.INFERENCE),
        "epsilon": Attribute(Effect.INFERENCE),
    },
    compute=later(__package__, "unit_norm"),
    spellings={
        ("keras", "UnitNormalization"): _keras,
        ("keras.ops", "Normalize"): _keras_operation,
        ("onnx", "LpNormalization"): _onnx,
    },
)
