"""PyTorch's recurrent layers, as modules and as ATen operators: all layers and directions of a stack; single cells."""

from collections.abc import Mapping, Sequence
from typing import Any

from parity.kinds._contract import Call, Draft, Spelling, Use, whole
from parity.kinds._modes import always
from parity.kinds.recurrence._parts import GRU, ROLES, Family
from parity.kinds.training_only.dropout import ELEMENTS, ZERO

Key = tuple[int, bool]
PROJECTED = (*ROLES, "projection")
ACTIVATIONS = {"tanh", "relu"}


def _more(family: Family, call: Call, activation: str | None) -> dict[str, Any]:
    """Settings that only some families have.

    Raises:
        ValueError: there is no such activation.
    """
    if family is GRU:
        return {"reset_after": True}
    if family.orders:
        return {}
    found = activation or call.get("nonlinearity", "tanh")
    if found not in ACTIVATIONS:
        raise ValueError(found)
    return {"activation": found}


def _stack(
    family: Family, call: Call, slots: Mapping[Key, dict[str, Use]], setup: Mapping[str, Any], more: Mapping[str, Any]
) -> tuple[Draft, ...]:
    """All layers and directions, wired; ``slots`` holds the weights of each."""
    layers, ways = setup["num_layers"], (False, True) if setup["bidirectional"] else (False,)
    hidden, width = setup["proj_size"] or setup["hidden_size"], setup["input_size"]
    states: list[list[str]] = [[] for _ in family.states]
    flow, drafts = call.inputs[:1], []
    for depth in range(layers):
        made = []
        for reverse in ways:
            part = f"l{depth}{'_reverse' if reverse else ''}"
            names = tuple(f"{call.node.path}:{part}-{what}" for what in ("sequence", *family.states))
            attributes = family.settings(
                "torch",
                setup["hidden_size"],
                reverse=reverse,
                time_major=not setup["batch_first"],
                in_features=width if depth == 0 else hidden * len(ways),
                **more,
            )
            if setup["proj_size"]:
                attributes["projection"] = setup["proj_size"]
            if len(call.inputs) > 1:
                attributes["state"] = depth * len(ways) + reverse
            inputs = (*flow, *call.inputs[1:])
            drafts.append(Draft(family.kind, attributes, inputs, names, slots[depth, reverse], part))
            made.append(names[0])
            for values, name in zip(states, names[1:], strict=True):
                values.append(name)
        flow = (made[0],)
        if len(made) > 1:
            flow = (f"{call.node.path}:l{depth}-both",)
            drafts.append(Draft("concat", {"axis": -1}, tuple(made), flow, part=f"l{depth}-merge"))
        if setup["dropout"] and depth < layers - 1:
            after = (f"{call.node.path}:l{depth}-dropped",)
            told = {"rate": float(setup["dropout"]), "units": ELEMENTS, "noise": ZERO, "always": always(call)}
            drafts.append(Draft("dropout", told, flow, after, part=f"l{depth}-dropout"))
            flow = after
    if not call.outputs:
        return tuple(drafts)
    drafts.append(Draft("identity", {}, flow, call.outputs[:1], part="output"))
    for name, values in zip(call.outputs[1:], states, strict=False):
        drafts.extend(_stacked(values, name))
    return tuple(drafts)


def _stacked(values: Sequence[str], output: str) -> list[Draft]:
    """States of several layers and directions along a new first axis."""
    singles = tuple(f"{value}:1" for value in values) if len(values) > 1 else (output,)
    drafts = [
        Draft("stack_axis", {"axis": 0}, (value,), (single,), part=f"{output}-{at}")
        for at, (value, single) in enumerate(zip(values, singles, strict=True))
    ]
    if len(values) > 1:
        drafts.append(Draft("concat", {"axis": 0}, singles, (output,), part=f"{output}-stack"))
    return drafts


def aten(family: Family, activation: str | None = None) -> Spelling:
    """The operator, whose parameters come as one list."""

    def spell(call: Call) -> tuple[Draft, ...]:
        layers, both = call.get("num_layers", 1), bool(call.get("bidirectional", False))
        params = [name for slot, name in call.node.weights.items() if slot.startswith("params")]
        # Parameters that are computed, and packed sequences, are no weights and batches of sequences.
        rank = len(call.shape() or ())
        if not whole(layers) or "batch_sizes" in call.node.inputs or len(params) < 2 or rank not in {0, 3}:
            return ()
        keys = [(depth, reverse) for depth in range(layers) for reverse in ((False, True) if both else (False,))]
        roles = ROLES if call.get("has_biases", True) else ROLES[:2]
        shapes = [call.stored[name].shape for name in params]
        projected = len(params) == len(keys) * (len(roles) + 1)
        roles = (*roles, "projection") if projected else roles
        if len(params) != len(keys) * len(roles):
            return ()
        slots = {
            key: {role: Use(name) for role, name in zip(roles, params[at * len(roles) :], strict=False)}
            for at, key in enumerate(keys)
        }
        if len(keys) == 1 and call.has("hx" if len(family.states) == 1 else "hx.0"):
            held = ("hx",) if len(family.states) == 1 else ("hx.0", "hx.1")
            slots[keys[0]] |= call.uses(**dict(zip(("initial_state", "initial_cell"), held, strict=False)))
        setup = {"num_layers": layers, "bidirectional": both, "input_size": shapes[0][1]}
        setup |= {"hidden_size": shapes[0][0] // family.gates, "proj_size": shapes[1][1] if projected else 0}
        return _stack(family, call, slots, setup | _options(call), _more(family, call, activation))

    return spell


def _options(call: Call) -> dict[str, Any]:
    return {"batch_first": bool(call.get("batch_first", False)), "dropout": call.get("dropout", 0.0)}


def module(family: Family) -> Spelling:
    """The module, whose parameters have names."""

    def spell(call: Call) -> tuple[Draft, ...]:
        layers, sizes = call.get("num_layers", 1), (call.get("hidden_size"), call.get("input_size"))
        projection = call.get("proj_size", 0)
        if not whole(layers, *sizes) or not whole(projection, least=0):
            return ()
        slots: dict[Key, dict[str, Use]] = {}
        for depth in range(min(layers, len(call.node.weights))):
            for reverse in (False, True):
                end = f"l{depth}{'_reverse' if reverse else ''}"
                names = (f"weight_ih_{end}", f"weight_hh_{end}", f"bias_ih_{end}", f"bias_hh_{end}", f"weight_hr_{end}")
                slots[depth, reverse] = call.uses(**dict(zip(PROJECTED, names, strict=True)))
        setup = {"num_layers": layers, "bidirectional": bool(call.get("bidirectional", False))}
        setup |= {"hidden_size": sizes[0], "input_size": sizes[1], "proj_size": projection}
        return _stack(family, call, slots, setup | _options(call), _more(family, call, None))

    return spell


def cell(family: Family, activation: str | None = None) -> Spelling:
    """One step, as a module or as an operator."""
    names = {"aten": ("w_ih", "w_hh", "b_ih", "b_hh"), "torch.nn": ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}

    def spell(call: Call) -> tuple[Draft, ...]:
        weights = call.uses(**dict(zip(ROLES, names[call.node.dialect], strict=True)))
        shape = call.stored[weights["kernel"].name].shape
        if len(shape) != 2 or len(call.inputs) not in {0, 1 + len(family.states)}:
            return ()
        more = _more(family, call, activation)
        settings = family.settings("torch", shape[0] // family.gates, in_features=shape[1], **more)
        return (Draft(f"{family.kind}_cell", settings, call.inputs, call.outputs, weights),)

    return spell
