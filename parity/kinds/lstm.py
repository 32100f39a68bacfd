"""One layer and one direction of a long short-term memory; stacks and both directions are compositions of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity.graph import Axes, Census, Effect, Shape
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, InputShapes, Kind, Role, Use, whole
from parity.kinds.activation import keras_function

GATES = 4
SEQUENCE = 3
"""Axes of a batch of sequences."""
ROLES = ("kernel", "recurrent_kernel", "bias", "recurrent_bias")
MERGES = {"sum": "add", "mul": "multiply", "ave": "average"}
STATES = 4
"""Initial states of two directions."""


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, units = (inputs[0] if inputs else None), attributes["units"]
    if found is None or len(found) != SEQUENCE:
        return (None, None, None)
    state = (found[1 if attributes["time_major"] else 0], units)
    return ((*found[:2], units), state, state)


def _sizes(attributes: Attributes, inputs: InputShapes) -> Mapping[str, int]:
    found, units = (inputs[0] if inputs else None), attributes["units"]
    width = found[-1] if found else attributes.get("in_features")
    sizes = {"gate": GATES, "units": units, "hidden": units}
    return {**sizes, "in": width} if isinstance(width, int) else sizes


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    named: Axes = ("T", "N", "C") if attributes["time_major"] else ("N", "T", "C")
    return (named, *inputs[1:]), (named, ("N", "C"), ("N", "C"))


def _attributes(units: int, order: str, **more: Any) -> dict[str, Any]:
    return {
        "units": units,
        "gate_order": order,
        "reverse": False,
        "activation": "tanh",
        "recurrent_activation": "sigmoid",
        "time_major": False,
        "stateful": False,
        "flipped": False,
        "dropout": 0.0,
        "recurrent_dropout": 0.0,
        **more,
    }


def _function(config: Any) -> str:
    found = keras_function(config)
    return found["function"] if found else "linear"


def _keras_layer(
    config: Mapping[str, Any], call: Call, prefix: str, names: tuple[tuple[str, ...], tuple[str, ...]], part: str = ""
) -> Draft:
    """One Keras layer; ``names`` are those of its inputs and of its outputs.

    Raises:
        ValueError: its settings are not those of an LSTM that other frameworks know.
    """
    if not whole(config.get("units")) or config.get("time_major"):
        raise ValueError(config.get("units"))
    attributes = _attributes(
        config["units"],
        "i f c o",
        reverse=bool(config.get("go_backwards", False)),
        activation=_function(config.get("activation", "tanh")),
        recurrent_activation=_function(config.get("recurrent_activation", "sigmoid")),
        stateful=bool(config.get("stateful", False)),
        dropout=config.get("dropout", 0.0),
        recurrent_dropout=config.get("recurrent_dropout", 0.0),
    )
    roles = ROLES[:3] if config.get("use_bias", True) else ROLES[:2]
    weights = call.uses_in_order(*roles, prefix=prefix)
    return Draft("lstm", attributes, *names, weights, part)


def _keras(call: Call) -> tuple[Draft, ...]:
    if not call.outputs:
        return (_keras_layer(call.node.attributes, call, "cell/", ((), ())),)
    first, states = call.outputs[0], call.outputs[1:]
    spare = (f"{first}:last", f"{first}:cell")
    if call.get("return_sequences"):
        layer = _keras_layer(
            call.node.attributes, call, "cell/", (call.inputs, (first, *states, *spare[len(states) :]))
        )
        # Keras alone leaves the sequence in the order in which the steps were taken, last step of the input first.
        return (replace(layer, attributes={**layer.attributes, "flipped": layer.attributes["reverse"]}),)
    cell = (*states, *spare[len(states) :])[1]
    layer = _keras_layer(call.node.attributes, call, "cell/", (call.inputs, (f"{first}:sequence", first, cell)))
    return (layer, Draft("identity", {}, (first,), states[:1], part="state")) if states else (layer,)


def _bidirectional(call: Call) -> tuple[Draft, ...]:
    """Keras' wrapper: the layer, its copy that runs backwards, and the merge of both."""
    inner = call.get("layer") or {}
    backward = call.get("backward_layer") or {**inner, "config": {**inner["config"], "go_backwards": True}}
    configs = inner.get("config", {}), backward.get("config", {})
    merge, given = call.get("merge_mode", "concat"), len(call.inputs) - 1
    plain = inner.get("class_name") == backward.get("class_name") == "LSTM" and given in {-1, 0, STATES}
    ways = [bool(config.get("go_backwards", False)) for config in configs]
    if not plain or ways != [False, True] or merge not in {None, "concat", *MERGES}:
        return ()
    output = call.outputs[0] if call.outputs else "tree"
    drafts: list[Draft] = []
    for at, (way, config) in enumerate(zip(("forward", "backward"), configs, strict=True)):
        states = call.inputs[1 + 2 * at : 3 + 2 * at]
        names = tuple(f"{output}:{way}-{what}" for what in ("sequence", "last", "cell"))
        drafts.append(_keras_layer(config, call, f"{way}_layer/cell/", (call.inputs[:1] + states, names), way))
    sequences = bool(configs[0].get("return_sequences", False))
    made = tuple(draft.outputs[0 if sequences else 1] for draft in drafts)
    results = list(made)
    if merge is not None and call.outputs:
        results = [output]
        kind = "concat" if merge == "concat" else "elementwise"
        attributes = {"axis": -1} if merge == "concat" else {"function": MERGES[merge]}
        drafts.append(Draft(kind, attributes, made, (output,), part="merge"))
    results += [state for draft in drafts[:2] for state in draft.outputs[1:]]
    return (
        *drafts,
        *(
            Draft("identity", {}, (value,), (name,), part=f"output-{at}")
            for at, (value, name) in enumerate(zip(results, call.outputs, strict=False))
            if value != name
        ),
    )


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
            attributes = _attributes(
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


def _aten(call: Call) -> tuple[Draft, ...]:
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


def _module(call: Call) -> tuple[Draft, ...]:
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


def _onnx(call: Call) -> tuple[Draft, ...]:
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
        attributes = _attributes(
            units, "i o f c", reverse=reverse, time_major=not call.get("layout", 0), in_features=width
        )
        part = "backward" if reverse else "forward"
        names = tuple(f"{call.node.path}:{part}-{what}" for what in ("sequence", "last", "cell"))
        drafts.append(Draft("lstm", attributes, call.inputs, names, weights, part))
    return (*drafts, *_onnx_outputs(call, drafts, units))


def _plain(call: Call) -> bool:
    """Whether nothing is asked for that the other frameworks do not know."""
    functions = call.get("activations")
    usual = functions is None or [str(name).lower() for name in functions] == ["sigmoid", "tanh", "tanh"] * (
        len(functions) // 3
    )
    unusual = call.has("P") or call.has("sequence_lens") or call.get("clip") or call.get("input_forget")
    return usual and not unusual and "sequence_lens" not in {*call.node.inputs, *call.node.attributes}


def _onnx_outputs(call: Call, parts: list[Draft], units: int) -> list[Draft]:
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


KIND = Kind(
    "lstm",
    attributes={
        "reverse": Attribute(),
        "activation": Attribute(),
        "recurrent_activation": Attribute(),
        "stateful": Attribute(),
        "flipped": Attribute(),
        "dropout": Attribute(Effect.TRAINING),
        "recurrent_dropout": Attribute(Effect.TRAINING),
        "gate_order": Attribute(Effect.CONVERSION),
    },
    roles={
        "kernel": Role("in gate*units", "gate*units in"),
        "recurrent_kernel": Role("hidden gate*units", "gate*units hidden"),
        "bias": Role("gate*units"),
        "recurrent_bias": Role("gate*units"),
        "initial_state": Role("", census=Census.CONSTANT),
        "initial_cell": Role("", census=Census.CONSTANT),
    },
    shape=_shape,
    sizes=_sizes,
    axes=_axes,
    spellings={
        ("keras", "LSTM"): _keras,
        ("keras", "Bidirectional"): _bidirectional,
        ("torch.nn", "LSTM"): _module,
        ("aten", "lstm"): _aten,
        ("onnx", "LSTM"): _onnx,
    },
)
