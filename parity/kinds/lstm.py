"""One layer and one direction of a long short-term memory; stacks and both directions are compositions of it."""

from collections.abc import Mapping

from parity.graph import Axes, Census, Effect, Shape
from parity.kinds import _lstm_keras, _lstm_onnx, _lstm_tensors, _lstm_torch
from parity.kinds._contract import Attribute, Attributes, AxisNames, InputShapes, Kind, Role
from parity.kinds._lstm_parts import GATES

SEQUENCE = 3
"""Axes of a batch of sequences."""


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
        ("keras", "LSTM"): _lstm_keras.layer,
        ("keras", "Bidirectional"): _lstm_keras.bidirectional,
        ("torch.nn", "LSTM"): _lstm_torch.module,
        ("aten", "lstm"): _lstm_torch.aten,
        ("onnx", "LSTM"): _lstm_onnx.spell,
    },
    signatures={"torch.weights": (_lstm_tensors.torch,), "keras.weights": (_lstm_tensors.keras,)},
)
