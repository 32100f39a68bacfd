"""ONNX's LSTM, which holds the weights of both directions and both biases in one tensor each."""

from parity.kinds._contract import Call, Draft, Use
from parity.kinds._lstm_parts import GATES, settings


def spell(call: Call) -> tuple[Draft, ...]:
    stored, recurrent = call.weight_shape("W"), call.weight_shape("R")
    if stored is None or recurrent is None or not _plain(call):
        return ()
    (count, rows, width), units = stored, recurrent[2]
    directions = {"forward": 1, "reverse": 1, "bidirectional": 2}.get(call.get("direction", "forward"))
    fits = recurrent == (count, rows, units) and rows == GATES * units and count == directions
    if not fits or (call.has("B") and call.weight_shape("B") != (count, 2 * rows)):
        return ()
    drafts: list[Draft] = []
    for at in range(count):
        reverse = at == 1 or call.get("direction", "forward") == "reverse"
        one = (at, at + 1)
        weights = {
            "kernel": Use(call.node.weights["W"], "gate*units in", (one, (0, rows), (0, width))),
            "recurrent_kernel": Use(call.node.weights["R"], "gate*units hidden", (one, (0, rows), (0, units))),
        }
        if call.has("B"):
            weights["bias"] = Use(call.node.weights["B"], "gate*units", (one, (0, rows)))
            weights["recurrent_bias"] = Use(call.node.weights["B"], "gate*units", (one, (rows, 2 * rows)))
        if at == 0:
            weights |= call.uses(initial_state="initial_h", initial_cell="initial_c")
        attributes = settings(
            units, "i o f c", reverse=reverse, time_major=not call.get("layout", 0), in_features=width
        )
        part = "backward" if reverse else "forward"
        names = tuple(f"{call.node.path}:{part}-{what}" for what in ("sequence", "last", "cell"))
        drafts.append(Draft("lstm", attributes, call.inputs, names, weights, part))
    return (*drafts, *_outputs(call, drafts, units))


def _plain(call: Call) -> bool:
    """Whether nothing is asked for that the other frameworks do not know."""
    functions = call.get("activations")
    usual = functions is None or [str(name).lower() for name in functions] == ["sigmoid", "tanh", "tanh"] * (
        len(functions) // 3
    )
    unusual = call.has("P") or call.has("sequence_lens") or call.get("clip") or call.get("input_forget")
    return usual and not unusual and "sequence_lens" not in {*call.node.inputs, *call.node.attributes}


def _outputs(call: Call, parts: list[Draft], units: int) -> list[Draft]:
    """Y and Y_h have an axis for the direction."""
    drafts = []
    for at, (output, axis) in enumerate(
        zip(call.outputs, (2, 1, 1) if call.get("layout", 0) else (1, 0, 0), strict=False)
    ):
        if not output:
            continue
        singles = [output] if len(parts) == 1 else [f"{part.outputs[at]}:1" for part in parts]
        drafts += [
            Draft(
                "stack_axis", {"axis": axis, "units": units}, (part.outputs[at],), (single,), part=f"{part.part}-{at}"
            )
            for part, single in zip(parts, singles, strict=True)
        ]
        if len(parts) > 1:
            drafts.append(Draft("concat", {"axis": axis}, tuple(singles), (output,), part=f"stack-{at}"))
    return drafts
