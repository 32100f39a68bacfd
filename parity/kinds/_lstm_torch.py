"""PyTorch's LSTM, as a module and as an ATen operator: all layers and directions of a stack."""

from collections.abc import Mapping
from typing import Any

from parity.kinds._contract import Call, Draft, Use, whole
from parity.kinds._lstm_parts import ROLES, settings


def _torch_parts(call: Call, slots: Mapping[tuple[int, bool], dict[str, Use]], setup: Mapping[str, Any]) -> list[Draft]:
    """All layers and directions, wired; ``slots`` holds the weights of each."""
    layers, ways = setup["num_layers"], (False, True) if setup["bidirectional"] else (False,)
    flow, lasts, cells, drafts = call.inputs[:1], [], [], []
    for depth in range(layers):
        made = []
        for reverse in ways:
            part = f"l{depth}{'_reverse' if reverse else ''}"
            names = tuple(f"{call.node.path}:{part}-{what}" for what in ("sequence", "last", "cell"))
            weights = slots[depth, reverse]
            attributes = settings(
                setup["hidden_size"],
                "i f c o",
                reverse=reverse,
                time_major=not setup["batch_first"],
                in_features=setup["input_size"] if depth == 0 else setup["hidden_size"] * len(ways),
            )
            drafts.append(Draft("lstm", attributes, (*flow, *call.inputs[1:]), names, weights, part))
            made.append(names[0])
            lasts.append(names[1])
            cells.append(names[2])
        if len(made) > 1:
            flow = (f"{call.node.path}:l{depth}-both",)
            drafts.append(Draft("concat", {"axis": -1}, tuple(made), flow, part=f"l{depth}-merge"))
        else:
            flow = (made[0],)
        if setup["dropout"] and depth < layers - 1:
            after = (f"{call.node.path}:l{depth}-dropped",)
            drafts.append(Draft("dropout", {"rate": float(setup["dropout"])}, flow, after, part=f"l{depth}-dropout"))
            flow = after
    if not call.outputs:
        return drafts
    drafts.append(Draft("identity", {}, flow, call.outputs[:1], part="output"))
    for name, values in zip(call.outputs[1:], (lasts, cells), strict=False):
        drafts.extend(_stacked(values, name, setup["hidden_size"]))
    return drafts


def _stacked(values: list[str], output: str, units: int) -> list[Draft]:
    """States of several layers and directions along a new first axis."""
    singles = tuple(f"{value}:1" for value in values) if len(values) > 1 else (output,)
    drafts = [
        Draft("stack_axis", {"axis": 0, "units": units}, (value,), (single,), part=f"{output}-{at}")
        for at, (value, single) in enumerate(zip(values, singles, strict=True))
    ]
    if len(values) > 1:
        drafts.append(Draft("concat", {"axis": 0}, singles, (output,), part=f"{output}-stack"))
    return drafts


def aten(call: Call) -> tuple[Draft, ...]:
    layers, both = call.get("num_layers", 1), bool(call.get("bidirectional", False))
    each = len(ROLES) if call.get("has_biases", True) else 2
    params = [name for slot, name in call.node.weights.items() if slot.startswith("params")]
    ways = (False, True) if both else (False,)
    if not whole(layers) or len(params) != layers * len(ways) * each or "batch_sizes" in call.node.inputs:
        return ()  # projections, parameters that are computed, or packed sequences
    keys = [(depth, reverse) for depth in range(layers) for reverse in ways]
    slots = {
        key: {role: Use(name) for role, name in zip(ROLES, params[at * each : (at + 1) * each], strict=False)}
        for at, key in enumerate(keys)
    }
    hidden = call.stored[params[1]].shape[1]
    width = call.stored[params[0]].shape[1]
    setup = {"num_layers": layers, "bidirectional": both, "hidden_size": hidden, "input_size": width}
    return tuple(_torch_parts(call, slots, {**setup, **_options(call)}))


def _options(call: Call) -> dict[str, Any]:
    return {"batch_first": bool(call.get("batch_first", False)), "dropout": call.get("dropout", 0.0)}


def module(call: Call) -> tuple[Draft, ...]:
    layers, sizes = call.get("num_layers", 1), (call.get("hidden_size"), call.get("input_size"))
    if call.get("proj_size", 0) or not whole(layers, *sizes):
        return ()
    slots: dict[tuple[int, bool], dict[str, Use]] = {}
    for depth in range(min(layers, len(call.node.weights))):
        for reverse in (False, True):
            end = f"l{depth}{'_reverse' if reverse else ''}"
            names = (f"weight_ih_{end}", f"weight_hh_{end}", f"bias_ih_{end}", f"bias_hh_{end}")
            slots[depth, reverse] = call.uses(**dict(zip(ROLES, names, strict=True)))
    setup = {"num_layers": layers, "bidirectional": bool(call.get("bidirectional", False))}
    setup |= {"hidden_size": sizes[0], "input_size": sizes[1]}
    return tuple(_torch_parts(call, slots, {**setup, **_options(call)}))
