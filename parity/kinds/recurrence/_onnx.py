"""ONNX's recurrent operators, which hold the weights of both directions and both biases in one tensor each."""

from typing import Any

from parity.kinds._contract import Call, Draft, Spelling, Use
from parity.kinds._located import gates
from parity.kinds.recurrence._parts import GRU, LSTM, SIMPLE, Family

FUNCTIONS = {"sigmoid", "tanh", "relu", "softsign"}
"""Activations without parameters, which all frameworks call alike."""

DEFAULTS = {LSTM.kind: ("sigmoid", "tanh", "tanh"), GRU.kind: ("sigmoid", "tanh"), SIMPLE.kind: ("tanh",)}


def spell(family: Family) -> Spelling:
    """The operator of a family."""
    return lambda call: _spell(family, call)


def _spell(family: Family, call: Call) -> tuple[Draft, ...]:
    stored, recurrent = call.weight_shape("W"), call.weight_shape("R")
    if stored is None or recurrent is None or not _plain(call):
        return ()
    (count, rows, width), units = stored, recurrent[2]
    direction = call.get("direction", "forward")
    fits = recurrent == (count, rows, units) and rows == family.gates * units
    fits = fits and count == {"forward": 1, "reverse": 1, "bidirectional": 2}.get(direction)
    if not fits or (call.has("B") and call.weight_shape("B") != (count, 2 * rows)):
        return ()
    columns = family.biases("gate")
    drafts: list[Draft] = []
    for at in range(count):
        one = (at, at + 1)
        weights = {
            "kernel": Use(call.node.weights["W"], f"{columns} in", (one, (0, rows), (0, width))),
            "recurrent_kernel": Use(call.node.weights["R"], f"{columns} hidden", (one, (0, rows), (0, units))),
        }
        if call.has("B"):
            weights["bias"] = Use(call.node.weights["B"], columns, (one, (0, rows)))
            weights["recurrent_bias"] = Use(call.node.weights["B"], columns, (one, (rows, 2 * rows)))
        weights |= call.uses(initial_state="initial_h", initial_cell="initial_c")
        functions = _functions(family, call, at)
        if functions is None:
            return ()
        more = {"reverse": at == 1 or direction == "reverse", "time_major": not call.get("layout", 0)}
        attributes = family.settings("onnx", units, in_features=width, **more, **functions)
        if len(call.inputs) > 1 or call.has("initial_h") or call.has("initial_c"):
            attributes["state"] = at
        if family.orders:
            attributes["gate_order"] = gates(call.stored[call.node.weights["W"]], attributes["gate_order"], at)
        part = "backward" if more["reverse"] else "forward"
        names = tuple(f"{call.node.path}:{part}-{what}" for what in ("sequence", *family.states))
        drafts.append(Draft(family.kind, attributes, call.inputs, names, weights, part))
    return (*drafts, *_outputs(call, drafts))


def _plain(call: Call) -> bool:
    """Whether nothing is asked for that the other frameworks do not know."""
    parameters = call.get("activation_alpha") or call.get("activation_beta")
    unusual = call.has("P") or call.has("sequence_lens") or call.get("clip") or call.get("input_forget") or parameters
    return not unusual and "sequence_lens" not in {*call.node.inputs, *call.node.attributes}


def _functions(family: Family, call: Call, at: int) -> dict[str, Any] | None:
    """The settings that depend on the direction; None where other frameworks do not know them."""
    usual = DEFAULTS[family.kind]
    given = call.get("activations")
    names = tuple(str(name).lower() for name in given)[at * len(usual) : (at + 1) * len(usual)] if given else usual
    if len(names) != len(usual) or not FUNCTIONS.issuperset(names):
        return None
    if family is SIMPLE:
        return {"activation": names[0]}
    if len(set(names[1:])) > 1:
        return None
    found: dict[str, Any] = {"recurrent_activation": names[0], "activation": names[1]}
    return found | ({"reset_after": bool(call.get("linear_before_reset", 0))} if family is GRU else {})


def _outputs(call: Call, parts: list[Draft]) -> list[Draft]:
    """Y, Y_h and Y_c have an axis for the direction."""
    drafts = []
    axes = (2, 1, 1) if call.get("layout", 0) else (1, 0, 0)
    for at, (output, axis) in enumerate(zip(call.outputs, axes, strict=False)):
        if not output:
            continue
        singles = [output] if len(parts) == 1 else [f"{part.outputs[at]}:1" for part in parts]
        drafts += [
            Draft("stack_axis", {"axis": axis}, (part.outputs[at],), (single,), part=f"{part.part}-{at}")
            for part, single in zip(parts, singles, strict=True)
        ]
        if len(parts) > 1:
            drafts.append(Draft("concat", {"axis": axis}, tuple(singles), (output,), part=f"stack-{at}"))
    return drafts
