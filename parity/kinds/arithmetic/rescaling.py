"""Rescaling: times a number, plus a number; each a layer of its own."""

from typing import Any

from parity.kinds._contract import Call, Draft, Kind

NOTHING = {"multiply": 1.0, "add": 0.0}


def _keras(call: Call) -> tuple[Draft, ...]:
    operands = {"multiply": _number(call.get("scale")), "add": _number(call.get("offset", 0.0))}
    if None in operands.values() or len(call.inputs) > 1:
        return ()
    steps = [(function, operand) for function, operand in operands.items() if operand != NOTHING[function]]
    if not steps:
        return (Draft("identity", {}, call.inputs[:1], call.outputs[:1]),)
    made = call.outputs[:1]
    between = tuple(f"{name}:scaled" for name in made) if len(steps) > 1 else made
    drafts, inputs = [], call.inputs[:1]
    for at, (function, operand) in enumerate(steps):
        outputs = made if at == len(steps) - 1 else between
        attributes = {"function": function, "operand": operand}
        drafts.append(Draft("elementwise", attributes, inputs, outputs, part=function if len(steps) > 1 else ""))
        inputs = outputs
    return tuple(drafts)


def _number(given: Any) -> Any:
    """A number, or one for each channel."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return float(given)
    numbers = isinstance(given, list | tuple) and all(type(each) in {int, float} for each in given)
    return tuple(float(each) for each in given) if numbers else None


KIND = Kind("rescaling", spellings={("keras", "Rescaling"): _keras})
