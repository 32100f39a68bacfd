"""Passes its input on unchanged, in training too."""

from parity.kinds import _time_distributed
from parity.kinds._contract import Call, Draft, Kind
from parity.kinds._given import later
from parity.kinds._operands import source
from parity.kinds.arithmetic.cast import canonical as cast_type
from parity.kinds.source.constant import flat, held


def _spell(call: Call) -> tuple[Draft, ...]:
    found = None if call.inputs else source(call)
    if found is not None:
        return found.draft("expand", call, target=found.shapes[0])
    return (Draft("identity", {}, call.inputs[:1], call.outputs[:1]),)


def _onnx(call: Call) -> tuple[Draft, ...]:
    """Of numbers that follow from sizes it is these, which a model may give."""
    told = call.get("input")
    numbers, size = flat(told if isinstance(told, tuple | int | float) else ())
    if call.inputs or not numbers or not all(isinstance(each, int | float) for each in numbers):
        return _spell(call)
    return (held(call.outputs[0], numbers, size, ""),)


def _converted(call: Call) -> tuple[Draft, ...]:
    """Nothing where a tensor keeps its type, else a cast."""
    found, made = source(call), call.get("dtype")
    if call.get("sparse") or call.get("ragged") or found is None:
        return ()
    known = call.values.get(call.inputs[0]) if call.inputs else call.stored.get(next(iter(call.node.weights.values())))
    if made is not None and (known is None or known.dtype != made):
        return found.draft("cast", call, to=cast_type(made))
    return _spell(call)


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
        ("keras.ops", "ConvertToTensor"): _converted,
        ("onnx", "Identity"): _onnx,
    },
)
