"""Keras' LSTM layer and its Bidirectional wrapper."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity.kinds._contract import Call, Draft, whole
from parity.kinds._lstm_parts import ROLES, settings
from parity.kinds.activation import keras_function

MERGES = {"sum": "add", "mul": "multiply", "ave": "average"}
STATES = 4
"""Initial states of two directions."""


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
    attributes = settings(
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


def layer(call: Call) -> tuple[Draft, ...]:
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


def bidirectional(call: Call) -> tuple[Draft, ...]:
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
