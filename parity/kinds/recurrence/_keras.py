"""Keras' recurrent layers, RNN over cells, single cells, and the Bidirectional wrapper."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from parity.kinds._contract import Call, Draft, Use, whole
from parity.kinds.activation.activation import keras_function
from parity.kinds.recurrence._parts import GRU, LSTM, ROLES, SIMPLE, Family

FAMILIES = {"LSTM": LSTM, "GRU": GRU, "SimpleRNN": SIMPLE}
MERGES = {"sum": "add", "mul": "multiply", "ave": "average"}

Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Cell:
    """One cell of a layer: its config, and where its weights are in the call."""

    family: Family
    config: Config
    prefix: str


@dataclass(frozen=True, slots=True)
class _Run:
    """A layer over a sequence: its drafts, the sequence that it makes, and its last states."""

    drafts: tuple[Draft, ...]
    sequence: str
    states: tuple[str, ...]


def _cells(name: str, config: Config, prefix: str) -> Iterator[_Cell]:
    """The cells of a layer, the first that is run first.

    Raises:
        ValueError, KeyError: there is one that is not Keras' own.
    """
    if name in FAMILIES:
        yield _Cell(FAMILIES[name], config, f"{prefix}cell/")
        return
    if name != "RNN":
        raise ValueError(name)
    cell = _own(config["cell"])
    if cell["class_name"] != "StackedRNNCells":
        yield _Cell(_family(cell), cell["config"], f"{prefix}cell/")
        return
    numbers: dict[str, int] = {}
    for each in cell["config"]["cells"]:
        family, found = _family(_own(each)), _snake(each["class_name"])
        number = numbers[found] = numbers.get(found, -1) + 1
        yield _Cell(family, each["config"], f"{prefix}cell/cells/{found}{f'_{number}' if number else ''}/")


def _own(data: Config) -> Config:
    if data.get("registered_name") or str(data.get("module") or "keras").partition(".")[0] != "keras":
        raise ValueError(data.get("class_name"))  # of the user's own, whatever it is called
    return data


def _family(data: Config) -> Family:
    return FAMILIES[str(data["class_name"]).removesuffix("Cell")]


def _snake(name: str) -> str:
    """A class name as Keras' archives write it: ``GRUCell`` -> ``gru_cell``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def function_name(config: Any) -> str:
    """The name of an activation without parameters."""
    found = keras_function(config)
    return found["function"] if found else "linear"


def _settings(cell: _Cell, call: Call, **more: Any) -> dict[str, Any]:
    config = cell.config
    if not whole(config.get("units")):
        raise ValueError(config.get("units"))
    gated = cell.family.orders
    extra: dict[str, Any] = {}
    if gated:
        extra["recurrent_activation"] = function_name(config.get("recurrent_activation", "sigmoid"))
    if cell.family is GRU:
        extra["reset_after"] = _resets_after(cell, call)
    return cell.family.settings(
        "keras",
        config["units"],
        activation=function_name(config.get("activation", "tanh")),
        dropout=config.get("dropout", 0.0),
        recurrent_dropout=config.get("recurrent_dropout", 0.0),
        **extra,
        **more,
    )


def _resets_after(cell: _Cell, call: Call) -> bool:
    """The setting of a GRU; Keras 1 and the first of Keras 2 had none, and did what is False now."""
    given = cell.config.get("reset_after")
    return len(call.weight_shape(f"{cell.prefix}2") or ()) == 2 if given is None else bool(given)


def _weights(cell: _Cell, call: Call) -> dict[str, Use]:
    bias, units = cell.config.get("use_bias", True), cell.config["units"]
    weights = call.uses_in_order(*ROLES[: 3 if bias else 2], prefix=cell.prefix)
    if "bias" in weights and cell.family is GRU and _resets_after(cell, call):
        name, rows = weights["bias"].name, (0, GRU.gates * units)
        weights["bias"] = Use(name, GRU.biases("gate"), ((0, 1), rows))
        weights["recurrent_bias"] = Use(name, GRU.biases("gate"), ((1, 2), rows))
    return weights


def _run(call: Call, layer: tuple[str, Config, str], inputs: Sequence[str], *, flips: bool, way: str = "") -> _Run:
    """Wire the cells of a layer, each of which runs over what the one before has made.

    Raises:
        ValueError: its settings are not those of a layer that other frameworks know.
    """
    name, config, prefix = layer
    if config.get("time_major"):
        raise ValueError(name)
    cells = list(_cells(name, config, prefix))
    flow, given, drafts = inputs[:1], list(inputs[1:]), []
    states: list[str] = []
    if given and len(given) != sum(len(cell.family.states) for cell in cells):
        raise ValueError(len(given))
    for at, cell in enumerate(cells):
        part = "-".join(filter(None, (way, str(at) if len(cells) > 1 else "")))
        base = f"{call.node.path}:{part or 'layer'}"
        more = {"reverse": bool(config.get("go_backwards", False)), "stateful": bool(config.get("stateful", False))}
        # Keras alone leaves the sequence in the order in which the steps were taken, last step of the input first.
        more["flipped"] = flips and more["reverse"] and at == len(cells) - 1
        own = [given.pop(0) for _ in cell.family.states] if given else []
        names = (f"{base}-sequence", *(f"{base}-{state}" for state in cell.family.states))
        weights = _weights(cell, call)
        drafts.append(Draft(cell.family.kind, _settings(cell, call, **more), (*flow, *own), names, weights, part))
        flow = names[:1]
        states += names[1:]
    return _Run(tuple(drafts), flow[0], tuple(states))


def named(drafts: Sequence[Draft], results: Sequence[str], outputs: Sequence[str]) -> tuple[Draft, ...]:
    """The drafts with the call's own names for its results; a second name of a result is an identity."""
    names: dict[str, str] = {}
    again = []
    for at, (value, output) in enumerate(zip(results, outputs, strict=False)):
        if value in names:
            again.append(Draft("identity", {}, (names[value],), (output,), part=f"output-{at}"))
        else:
            names[value] = output
    renamed = (
        replace(
            draft,
            inputs=tuple(names.get(value, value) for value in draft.inputs),
            outputs=tuple(names.get(value, value) for value in draft.outputs),
        )
        for draft in drafts
    )
    return (*renamed, *again)


def unmasked(call: Call) -> bool:
    """Whether the call is given nothing beside its sequences but states to begin with, and no mask of its own."""
    call.asked.add("initial_state")
    places = (*(call.get("__inputs__") or ()), *call.get("__call__", {}))
    return {str(place).partition(".")[0] for place in places} <= {"0", "1", "sequences", "inputs", "initial_state"}


def layer(call: Call) -> tuple[Draft, ...]:
    """A recurrent layer, or RNN over cells."""
    if not unmasked(call):
        return ()
    sequences = bool(call.get("return_sequences"))
    run = _run(call, (call.node.op, call.node.attributes, ""), call.inputs, flips=sequences)
    main = run.sequence if sequences else run.drafts[-1].outputs[1]
    return named(run.drafts, (main, *run.states), call.outputs)


def cell(call: Call) -> tuple[Draft, ...]:
    """A cell that is called by itself, for one step: it gives its new state, and all states again."""
    found = _Cell(_family({"class_name": call.node.op}), call.node.attributes, "")
    settings, states = _settings(found, call), found.family.states
    names = tuple(f"{call.node.path}:{state}" for state in states)
    draft = Draft(f"{found.family.kind}_cell", settings, call.inputs, names, _weights(found, call))
    return named((draft,), (names[0], *names), call.outputs) if len(call.inputs) in {0, 1 + len(states)} else ()


def bidirectional(call: Call) -> tuple[Draft, ...]:
    """Keras' wrapper: the layer, its copy that runs backwards, and the merge of both."""
    inner = call.get("layer") or {}
    backward = call.get("backward_layer") or {**inner, "config": {**inner["config"], "go_backwards": True}}
    merge, given = call.get("merge_mode", "concat"), call.inputs[1:]
    configs = [_own(each)["config"] for each in (inner, backward)]
    ways = [bool(config.get("go_backwards", False)) for config in configs]
    if ways != [False, True] or merge not in {None, "concat", *MERGES} or len(given) % 2 or not unmasked(call):
        return ()
    runs = []
    for at, (way, each, config) in enumerate(zip(("forward", "backward"), (inner, backward), configs, strict=True)):
        states = given[at * len(given) // 2 : (at + 1) * len(given) // 2]
        place = (str(each["class_name"]), config, f"{way}_layer/")
        runs.append(_run(call, place, (*call.inputs[:1], *states), flips=False, way=way))
    drafts = [draft for run in runs for draft in run.drafts]
    sequences = bool(configs[0].get("return_sequences", False))
    made = tuple(run.sequence if sequences else run.drafts[-1].outputs[1] for run in runs)
    if merge is not None and call.outputs:
        kind = "concat" if merge == "concat" else "elementwise"
        attributes = {"axis": -1} if merge == "concat" else {"function": MERGES[merge]}
        drafts.append(Draft(kind, attributes, made, (f"{call.node.path}:both",), part="merge"))
        made = drafts[-1].outputs
    return named(drafts, (*made, *(state for run in runs for state in run.states)), call.outputs)
