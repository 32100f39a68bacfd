"""A long short-term memory whose products are convolutions: one layer over a sequence of signals, images or volumes."""

from collections.abc import Mapping
from typing import Any

from parity.graph import Axes, Effect, Shape
from parity.kinds._contract import (
    Attribute,
    Attributes,
    AxisNames,
    Call,
    Draft,
    InputShapes,
    Kind,
    Role,
    Spelling,
    whole,
)
from parity.kinds._given import later
from parity.kinds._layouts import FIRST, LAST, SPACE, image_axes, join, split
from parity.kinds._macs import Work, elements, first, times
from parity.kinds._windows import SAME, VALID, pairs, same, spatial
from parity.kinds.recurrence._keras import function_name, named, unmasked
from parity.kinds.recurrence._parts import LSTM, ROLES

RANKS = (1, 2, 3)
KERNEL_NAMES = ("kd", "kh", "kw")


def _frame(attributes: Attributes, found: Shape) -> Shape:
    """The shape of a state."""
    layout = attributes["data_format"]
    _, space = split((found[0], *found[2:]), layout)
    kernel, strides, dilation = (attributes[name] for name in ("kernel_size", "strides", "dilation"))
    padding = attributes["padding"]
    amounts = same(space, kernel, strides, dilation, "same") if padding == "same" else ((0, 0),) * len(kernel)
    return join(found[0], spatial(space, kernel, strides, dilation, amounts), attributes["filters"], layout)


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found = inputs[0] if inputs else None
    if found is None or len(found) != len(attributes["kernel_size"]) + 3:
        return (None, None, None)
    frame = _frame(attributes, found)
    return ((frame[0], found[1], *frame[1:]), frame, frame)


def _sizes(attributes: Attributes, inputs: InputShapes) -> Mapping[str, int]:
    found, kernel, filters = (inputs[0] if inputs else None), attributes["kernel_size"], attributes["filters"]
    sizes = {"gate": LSTM.gates, "units": filters, "hidden": filters}
    sizes |= dict(zip(KERNEL_NAMES[-len(kernel) :], kernel, strict=True))
    channels = split((found[0], *found[2:]), attributes["data_format"])[0] if found else None
    return {**sizes, "in": channels} if isinstance(channels, int) else sizes


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    rank = len(attributes["kernel_size"])
    frame = image_axes(rank + 2, attributes["data_format"])
    if frame is None or SPACE[rank] == ("T",):  # time is taken
        return inputs, (None,)
    sequence = ("N", "T", *frame[1:])
    return (sequence, *inputs[1:]), (sequence, frame, frame)


def _keras(rank: int) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        padding, layout = call.get("padding", "valid"), call.get("data_format") or LAST
        if padding not in {*SAME, *VALID} or layout not in {FIRST, LAST} or not whole(call.get("filters")):
            return ()
        attributes: dict[str, Any] = {
            "filters": call.get("filters"),
            "kernel_size": pairs(call.get("kernel_size"), rank),
            "strides": pairs(call.get("strides", 1), rank),
            "dilation": pairs(call.get("dilation_rate", 1), rank),
            "padding": "same" if padding in SAME else "valid",
            "data_format": layout,
            "activation": function_name(call.get("activation", "tanh")),
            "recurrent_activation": function_name(call.get("recurrent_activation", "sigmoid")),
            "reverse": bool(call.get("go_backwards", False)),
            "stateful": bool(call.get("stateful", False)),
            "dropout": call.get("dropout", 0.0),
            "recurrent_dropout": call.get("recurrent_dropout", 0.0),
            "gate_order": LSTM.orders["keras"],
        }
        base, sequences = call.node.path, bool(call.get("return_sequences"))
        attributes["flipped"] = sequences and attributes["reverse"]
        made = tuple(f"{base}:{what}" for what in ("sequence", *LSTM.states))
        weights = call.uses_in_order(*ROLES[: 3 if call.get("use_bias", True) else 2], prefix="cell/")
        draft = Draft("conv_lstm", attributes, call.inputs, made, weights)
        main = made[0 if sequences else 1]
        return (
            named((draft,), (main, *made[1:]), call.outputs) if unmasked(call) and len(call.inputs) in {0, 1, 3} else ()
        )

    return spell


COMPARED = (
    "kernel_size",
    "strides",
    "dilation",
    "padding",
    "activation",
    "recurrent_activation",
    "reverse",
    "stateful",
    "flipped",
)


def _macs(work: Work) -> int | None:
    """Each step is two convolutions: of what comes in, and of the state."""
    image = first(work.inputs)
    if image is None:
        return None
    frame = _frame(work.attributes, image)
    positions = elements(tuple(split(frame, work.attributes["data_format"])[1]))
    return times(elements(image[:2]), positions, work.weights["kernel"] + work.weights["recurrent_kernel"])


KIND = Kind(
    "conv_lstm",
    attributes={
        **{name: Attribute() for name in COMPARED},
        "dropout": Attribute(Effect.TRAINING),
        "recurrent_dropout": Attribute(Effect.TRAINING),
        "gate_order": Attribute(Effect.CONVERSION),
    },
    told=("data_format", "filters"),
    roles={
        "kernel": Role("spatial in gate*units"),
        "recurrent_kernel": Role("spatial hidden gate*units"),
        "bias": Role("gate*units"),
    },
    shape=_shape,
    sizes=_sizes,
    axes=_axes,
    macs=_macs,
    compute=later(__package__, "conv_lstm"),
    spellings={("keras", f"ConvLSTM{rank}D"): _keras(rank) for rank in RANKS},
)
