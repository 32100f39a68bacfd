"""Batch normalisation: scales each channel by statistics of the batch in training, by moving statistics otherwise."""

from collections.abc import Mapping
from typing import Any

from parity.graph import Census, Effect, Unknown
from parity.kinds._channels import axes, keras_axis, second_axis, sizes
from parity.kinds._contract import Attribute, Call, Draft, Kind, Role, Spelling
from parity.kinds._given import later
from parity.kinds._keras_places import named
from parity.kinds._modes import always, by_batch_alone, never, statistics_of
from parity.kinds._written_out import Step, written_out

MOMENTUM_OF_INFERENCE = Unknown(
    "a file exported for inference does not hold the momentum used in training",
    "compare with the .pt2, the pickled module or the live model instead",
)

MOMENTUM_OF_EXPORT = Unknown(
    "torch.export writes the momentum 0 for None, which means a cumulative average",
    "compare with the pickled module or the live model instead",
)

MOVING, BATCH, MERGED = "moving", "batch", "merged"
"""By which mean and variance it normalises in inference; merged are those that gamma and beta already hold.

Keras 2 may use the moving ones in training, too, and leave them as they are.
"""


def _keras(call: Call) -> tuple[Draft, ...]:
    axis = keras_axis(call)
    if axis is None:
        return ()
    affine = [name for name, flag in (("gamma", "scale"), ("beta", "center")) if call.get(flag, True)]
    frozen = call.get("trainable", True) is False  # then Keras normalises as in inference, however it is called
    attributes = {
        "epsilon": call.get("epsilon", 1e-3),
        "momentum": call.get("momentum", 0.99),
        "axis": axis,
        "statistics": BATCH if always(call) and not frozen else MOVING,
        # Weights that are frozen tell of it where there are any.
        **({"statistics_in_training": MOVING} if never(call) or (frozen and not affine) else {}),
        "rank": len(call.shape() or ()),
    }
    weights = call.uses_in_order(*affine, "moving_mean", "moving_variance")
    return (Draft("batch_norm", attributes, call.inputs[:1], call.outputs[:1], weights),)


def _keras_operation(call: Call) -> tuple[Draft, ...]:
    """``keras.ops.batch_normalization`` by statistics that are stored."""
    call = named(call, "x", "mean", "variance", "offset", "scale")
    shape, axis = call.shape(), call.get("axis", -1)
    if set(call.node.inputs) != {"x"} or not (call.has("mean") and call.has("variance")) or shape is None:
        return ()
    if {"offset", "scale"}.intersection(call.node.attributes) or not isinstance(axis, int):
        return ()
    attributes = {
        "epsilon": call.get("epsilon", 1e-3),
        "momentum": MOMENTUM_OF_CODE,
        "axis": axis % len(shape),
        "statistics": MOVING,
        "rank": len(shape),
    }
    weights = call.uses(gamma="scale", beta="offset", moving_mean="mean", moving_variance="variance")
    return (Draft("batch_norm", attributes, call.inputs[:1], call.outputs[:1], weights),)


MOMENTUM_OF_CODE = Unknown("the model's own code updates the statistics, and parity reads that code for inference only")


def _torch(call: Call) -> tuple[Draft, ...]:
    momentum, moving = call.get("momentum", 0.1), call.has("running_mean")
    if len(call.inputs) > 1 or not (moving or _by_batch(call)):
        return ()  # by what the model computes
    attributes = {
        "epsilon": call.get("eps", 1e-5),
        # PyTorch weighs the new value, Keras the old one; None means a cumulative average.
        "momentum": _momentum(momentum, call) if moving else None,
        "axis": second_axis(call),
        "statistics": MOVING if moving and not always(call) else BATCH,
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


def _by_batch(call: Call) -> bool:
    """Whether it has no moving statistics, and always normalises by those of the batch."""
    functional = call.node.op.endswith("_functional")
    training = call.get("training", functional or not call.get("track_running_stats", True))
    return bool(training) and call.get("running_mean") is None


def _momentum(momentum: Any, call: Call) -> Any:
    if momentum is None:
        return "cumulative average"
    return MOMENTUM_OF_EXPORT if momentum == 0 and call.node.dialect == "aten" else round(1 - momentum, 12)


def _onnx(call: Call) -> tuple[Draft, ...]:
    statistics = statistics_of(call.node)
    computed = call.node.inputs.keys() & statistics
    trains = always(call) or by_batch_alone(call.node)
    if not call.get("spatial", 1):
        return ()  # statistics of each position, until opset 8
    if len(call.inputs) != 1 + len(computed):
        return () if trains else _by_values(call)
    if computed and not trains:
        return ()
    attributes = {
        "epsilon": call.get("epsilon", 1e-5),
        "momentum": None if computed else call.get("momentum", 0.9) if trains else MOMENTUM_OF_INFERENCE,
        "axis": second_axis(call),
        "statistics": BATCH if trains else MOVING,
        "rank": len(call.shape() or ()),
    }
    roles = {"gamma": "scale", "beta": "B"}
    mean, variance = statistics
    weights = call.uses(**roles, moving_mean=mean, moving_variance=variance)
    # A mean and a variance, which training makes anew; those that it computes from are of nothing but these.
    made = call.outputs[: 3 if trains and not computed else 1]
    return (Draft("batch_norm", attributes, call.inputs[:1], made, weights, ignored=call.inputs[1:]),)


def _by_values(call: Call) -> tuple[Draft, ...]:
    """One whose statistics, scale or shift the model computes, as arithmetic over channels that come last."""
    rank = len(call.shape() or ())
    if rank < len("NC"):
        return ()
    mean, variance = statistics_of(call.node)
    last = (0, *range(2, rank), 1)
    steps = (
        Step("Transpose", {"data": "X"}, "turned", {"perm": last}),
        Step("Sub", {"A": "turned", "B": mean}, "centred"),
        Step("Add", {"A": variance}, "stable", {"B": call.get("epsilon", 1e-5)}),
        Step("Sqrt", {"X": "stable"}, "root"),
        Step("Div", {"A": "centred", "B": "root"}, "normal"),
        Step("Mul", {"A": "normal", "B": "scale"}, "scaled"),
        Step("Add", {"A": "scaled", "B": "B"}, "shifted"),
        Step("Transpose", {"data": "shifted"}, "back", {"perm": (0, rank - 1, *range(1, rank - 1))}),
    )
    return written_out(call, steps)


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
        "statistics": Attribute(Effect.INFERENCE),
        "statistics_in_training": Attribute(Effect.TRAINING, default=BATCH),
    },
    told=("features", "rank"),
    roles={
        "gamma": Role("c"),
        "beta": Role("c"),
        "moving_mean": Role("c", census=Census.STATE),
        "moving_variance": Role("c", census=Census.STATE),
        "counter": Role("", census=Census.STATE),
    },
    sizes=sizes,
    axes=axes,
    compute=later(__package__, "batch_norm"),
    spellings={
        ("keras", "BatchNormalization"): _keras,
        ("keras.ops", "BatchNorm"): _keras_operation,
        **{("torch.nn", f"BatchNorm{rank}d"): _torch for rank in (1, 2, 3)},
        ("torch.nn", "SyncBatchNorm"): _torch,
        ("aten", "batch_norm"): _torch,
        ("aten", "_native_batch_norm_legit_no_training"): _torch,
        ("aten", "_native_batch_norm_legit"): _torch,
        ("aten", "_native_batch_norm_legit_functional"): _torch,
        ("onnx", "BatchNormalization"): _onnx,
    },
    signatures={
        "torch.weights": (_tensors(TORCH_SLOTS),),
        "keras.weights": (_tensors(KERAS_SLOTS, "BatchNormalization", "SyncBatchNormalization"),),
    },
)
