"""Dropout: zeroes a share of its input while training, or replaces it, and passes it on otherwise."""

from typing import Any

from parity.graph import Axes, Effect, Evidence
from parity.kinds._channels import axes, from_end, second_axis
from parity.kinds._contract import Attribute, Attributes, AxisNames, Call, Draft, Kind, Spelling, same_axes
from parity.kinds._given import later
from parity.kinds._modes import ALWAYS, always, never
from parity.kinds._operands import COMPARED, ROLES, source

ELEMENTS, CHANNELS, SAMPLES = "elements", "channels", "samples"
ZERO, ALPHA, GAUSSIAN = "zero", "alpha", "gaussian"
"""What becomes of the share: zeros; the negative saturation of SELU, keeping mean and variance; all times noise."""


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    """What is dropped one by one are the channels."""
    return axes(attributes, inputs) if "axis" in attributes else same_axes(attributes, inputs)


def _draft(call: Call, rate: Any, units: str = ELEMENTS, noise: str = ZERO, *, last: bool = False) -> tuple[Draft, ...]:
    """The layer; ``last`` says whether channels are the last axis or the second one."""
    attributes: dict[str, Any] = {"rate": 0.0 if never(call) else float(rate), "units": units, "noise": noise}
    if units == CHANNELS:
        attributes |= {"axis": from_end(-1, call) if last else second_axis(call), "rank": len(call.shape() or ())}
    if always(call):
        attributes["always"] = True
    found = source(call)
    if found is not None and not found.inputs and call.evidence is Evidence.GRAPH:
        return found.draft("dropout", call, **attributes)
    return (Draft("dropout", attributes, call.inputs[:1], call.outputs[:1]),)


def _keras(noise: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        shape = call.get("noise_shape")
        return _draft(call, call.get("rate", 0.5), ELEMENTS if shape is None else _units(shape), noise, last=True)

    return spell


def _units(shape: Any) -> str:
    """What one draw decides on; Keras' ``noise_shape`` has 1 for each axis that shares it."""
    ones = [size == 1 for size in shape]
    if not ones[0] and len(ones) > 1 and all(ones[1:]):
        return SAMPLES
    spatial = not ones[0] and not ones[-1] and all(ones[1:-1]) and len(ones) > 2  # batch and channels
    return CHANNELS if spatial else ELEMENTS if not any(ones) else str(tuple(shape))


def _stochastic_depth(call: Call) -> tuple[Draft, ...]:
    return _draft(call, call.get("drop_path_rate"), SAMPLES)


def _of_channels(call: Call, *, last: bool) -> str:
    """What is dropped with whole channels: an element, where each channel has one."""
    shape = call.shape() or (None, None)
    space = shape[1:-1] if last else shape[2:]
    return ELEMENTS if len(shape) > 2 and all(size == 1 for size in space) else CHANNELS  # batch, channels


def _keras_spatial(call: Call) -> tuple[Draft, ...]:
    last = call.get("data_format") != "channels_first"
    return _draft(call, call.get("rate", 0.5), _of_channels(call, last=last), last=last)


def _torch(units: str = ELEMENTS, noise: str = ZERO) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        found = _of_channels(call, last=False) if units == CHANNELS else units
        return _draft(call, call.get("p", 0.5), found, noise)

    return spell


def _onnx(call: Call) -> tuple[Draft, ...]:
    return _draft(call, call.get("ratio", 0.5))


KIND = Kind(
    "dropout",
    attributes={
        **{name: Attribute(Effect.TRAINING) for name in ("rate", "units", "noise")},
        "axis": Attribute(Effect.TRAINING, is_axis=True),
        **ALWAYS,
        **COMPARED,
    },
    told=("rank",),
    roles=ROLES,
    axes=_axes,
    makes=True,
    compute=later(__package__, "passed_on"),
    spellings={
        ("keras", "Dropout"): _keras(ZERO),
        ("keras", "AlphaDropout"): _keras(ALPHA),
        ("keras", "GaussianDropout"): _keras(GAUSSIAN),
        **{("keras", f"SpatialDropout{rank}D"): _keras_spatial for rank in (1, 2, 3)},
        ("keras.applications", "StochasticDepth"): _stochastic_depth,
        ("torch.nn", "Dropout"): _torch(),
        **{("torch.nn", f"Dropout{rank}d"): _torch(CHANNELS) for rank in (1, 2, 3)},
        ("torch.nn", "AlphaDropout"): _torch(noise=ALPHA),
        ("torch.nn", "FeatureAlphaDropout"): _torch(CHANNELS, ALPHA),
        ("aten", "dropout"): _torch(),
        ("aten", "native_dropout"): _torch(),
        ("aten", "feature_dropout"): _torch(CHANNELS),
        ("aten", "alpha_dropout"): _torch(noise=ALPHA),
        ("aten", "feature_alpha_dropout"): _torch(CHANNELS, ALPHA),
        ("onnx", "Dropout"): _onnx,
    },
    training_only=True,
)
