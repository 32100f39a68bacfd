"""Batch normalisation: scales each channel by statistics of the batch in training, by moving statistics otherwise."""

from collections.abc import Mapping
from typing import Any

from parity.graph import Axes, Census, Effect, Unknown
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
    same_axes,
)

MOMENTUM_OF_INFERENCE = Unknown(
    "a file exported for inference holds no momentum that training has used",
    "compare with the .pt2, the pickled module or the live model instead",
)

MOMENTUM_OF_EXPORT = Unknown(
    "torch.export writes the momentum 0 for None, which means a cumulative average",
    "compare with the pickled module or the live model instead",
)
AXIS_OF_UNKNOWN_RANK = Unknown(
    "which axis that is depends on the rank of the input, which is not known",
    "compare a model that records its shapes",
)


def _sizes(attributes: Attributes, inputs: InputShapes) -> Mapping[str, int]:
    found = inputs[0] if inputs else None
    axis = attributes["axis"]
    channels = found[axis] if found and isinstance(axis, int) else attributes.get("features")
    return {"c": channels} if isinstance(channels, int) else {}


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    """What is normalised one by one are the channels, whatever the rest means."""
    rank, axis = attributes.get("rank"), attributes["axis"]
    if inputs[0] is not None or not rank or not isinstance(axis, int):
        return same_axes(attributes, inputs)
    named = tuple("C" if at == rank + axis else "N" if at == 0 else None for at in range(rank))
    return (named,), (named,)


def _axis(axis: int, call: Call, second: Any) -> Any:
    """The axis from the end; without a shape ``second`` says what the second axis means."""
    shape = call.shape()
    if shape is None:
        return {-1: "C", 1: second}.get(axis, AXIS_OF_UNKNOWN_RANK)
    return axis - len(shape) if axis >= 0 else axis


def _keras(call: Call) -> tuple[Draft, ...]:
    axis = call.get("axis", -1)
    axis = axis[0] if isinstance(axis, list | tuple) and len(axis) == 1 else axis
    if type(axis) is not int:
        return ()
    attributes = {
        "epsilon": call.get("epsilon", 1e-3),
        "momentum": call.get("momentum", 0.99),
        "axis": _axis(axis, call, AXIS_OF_UNKNOWN_RANK),
        "rank": len(call.shape() or ()),
    }
    affine = [name for name, flag in (("gamma", "scale"), ("beta", "center")) if call.get(flag, True)]
    weights = call.uses_in_order(*affine, "moving_mean", "moving_variance")
    return (Draft("batch_norm", attributes, call.inputs[:1], call.outputs[:1], weights),)


def _torch(call: Call) -> tuple[Draft, ...]:
    momentum = call.get("momentum", 0.1)
    if not call.has("running_mean") or len(call.inputs) > 1:
        return ()  # always normalises by the batch, or by what the model computes
    attributes = {
        "epsilon": call.get("eps", 1e-5),
        # PyTorch weighs the new value, Keras the old one; None means a cumulative average.
        "momentum": _momentum(momentum, call),
        "axis": _axis(1, call, "C"),
        "rank": len(call.shape() or ()),
        "features": call.get("num_features"),
    }
    weights = call.uses(
        gamma="weight",
        beta="bias",
        moving_mean="running_mean",
        moving_variance="running_var",
        counter="num_batches_tracked",
    )
    return (Draft("batch_norm", attributes, call.inputs[:1], call.outputs[:1], weights),)


def _momentum(momentum: Any, call: Call) -> Any:
    if momentum is None:
        return "cumulative average"
    return MOMENTUM_OF_EXPORT if momentum == 0 and call.node.dialect == "aten" else 1 - momentum


def _onnx(call: Call) -> tuple[Draft, ...]:
    if len(call.inputs) != 1:
        return ()
    trains = bool(call.get("training_mode", 0))
    attributes = {
        "epsilon": call.get("epsilon", 1e-5),
        "momentum": call.get("momentum", 0.9) if trains else MOMENTUM_OF_INFERENCE,
        "axis": _axis(1, call, "C"),
        "rank": len(call.shape() or ()),
    }
    roles = {"gamma": "scale", "beta": "B"}
    mean, variance = ("input_mean", "input_var") if call.has("input_mean") else ("mean", "var")
    weights = call.uses(**roles, moving_mean=mean, moving_variance=variance)
    return (Draft("batch_norm", attributes, call.inputs[:1], call.outputs[:1], weights),)


def _tensors(slots: Mapping[str, str], *classes: str) -> Spelling:
    """Vectors of one length, among them moving statistics."""

    def spell(call: Call) -> tuple[Draft, ...]:
        shapes = call.matched(**slots)
        if shapes is None or not (call.node.dialect == "torch.weights" or call.may_be(*classes)):
            return ()
        vectors = {shape for role, shape in shapes.items() if role != "counter"}
        if len(vectors) != 1 or len(next(iter(vectors))) != 1:
            return ()
        return (Draft("batch_norm", {"features": next(iter(vectors))[0]}, (), (), call.stand_for(**slots)),)

    return spell


TORCH_SLOTS = {
    "gamma": "weight?",
    "beta": "bias?",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
    "counter": "num_batches_tracked?",
}
KERAS_SLOTS = {"gamma": "gamma?", "beta": "beta?", "moving_mean": "moving_mean", "moving_variance": "moving_variance"}

KIND = Kind(
    "batch_norm",
    attributes={
        "epsilon": Attribute(Effect.INFERENCE),
        "momentum": Attribute(Effect.TRAINING),
        "axis": Attribute(Effect.INFERENCE, is_axis=True),
    },
    roles={
        "gamma": Role("c"),
        "beta": Role("c"),
        "moving_mean": Role("c", census=Census.STATE),
        "moving_variance": Role("c", census=Census.STATE),
        "counter": Role("", census=Census.STATE),
    },
    sizes=_sizes,
    axes=_axes,
    spellings={
        ("keras", "BatchNormalization"): _keras,
        **{("torch.nn", f"BatchNorm{rank}d"): _torch for rank in (1, 2, 3)},
        ("aten", "batch_norm"): _torch,
        ("aten", "_native_batch_norm_legit_no_training"): _torch,
        ("onnx", "BatchNormalization"): _onnx,
    },
    signatures={
        "torch.weights": (_tensors(TORCH_SLOTS),),
        "keras.weights": (_tensors(KERAS_SLOTS, "BatchNormalization", "SyncBatchNormalization"),),
    },
)
