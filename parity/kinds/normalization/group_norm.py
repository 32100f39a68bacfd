"""Group normalisation: each sample by the statistics of groups of its channels; of single channels, instance norm."""

from typing import Any

from parity.graph import Effect
from parity.kinds._channels import axes, keras_axis, second_axis, sizes
from parity.kinds._contract import Attribute, Call, Draft, Kind, Role, Spelling, whole
from parity.kinds._given import later


def _draft(call: Call, groups: Any, axis: Any, epsilon: Any, slots: dict[str, str]) -> tuple[Draft, ...]:
    """The layer; ``groups`` of -1 are as many as there are channels."""
    shape = call.shape()
    weights = call.uses(**slots)
    held = next((found for slot in slots.values() if (found := call.weight_shape(slot)) is not None), None)
    known = shape[axis] if shape is not None and isinstance(axis, int) else None
    channels = known if isinstance(known, int) else held[0] if held else call.get("num_features")
    groups = channels if groups == -1 else groups
    if not whole(groups) or len(call.inputs) > 1 or (held is not None and held != (channels,)):
        return ()
    attributes = {
        "groups": groups,
        "epsilon": epsilon,
        "axis": axis,
        "rank": len(shape or ()),
        "features": channels,
    }
    return (Draft("group_norm", attributes, call.inputs[:1], call.outputs[:1], weights),)


def _keras(call: Call) -> tuple[Draft, ...]:
    axis = keras_axis(call)
    given = call.values.get(call.inputs[0]) if call.inputs else None
    if axis is None or (given is not None and (given.dtype or "").startswith(("int", "uint", "bool"))):
        return ()  # what is normalised is cut to whole numbers again before gamma
    affine = [name for name, flag in (("gamma", "scale"), ("beta", "center")) if call.get(flag, True)]
    slots = {role: str(at) for at, role in enumerate(affine)}
    return _draft(call, call.get("groups", 32), axis, call.get("epsilon", 1e-3), slots)


def _torch(call: Call) -> tuple[Draft, ...]:
    groups = call.get("num_groups", call.get("group"))
    return _draft(call, groups, second_axis(call), call.get("eps", 1e-5), {"gamma": "weight", "beta": "bias"})


def of_instances(call: Call) -> tuple[Draft, ...]:
    """PyTorch's instance normalisation without moving statistics: each channel is a group."""
    return _draft(call, -1, second_axis(call), call.get("eps", 1e-5), {"gamma": "weight", "beta": "bias"})


SCALE_BY_CHANNEL = 21
"""The first opset whose GroupNormalization has a gamma for each channel, not for each group."""


def _onnx(groups: str | None) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        count, shape = -1 if groups is None else call.get(groups), call.shape()
        by_group = groups is not None and call.get("__opset__", SCALE_BY_CHANNEL) < SCALE_BY_CHANNEL
        if by_group and (shape is None or shape[1] != count):
            return ()
        slots = {"gamma": "scale", "beta": "B" if groups is None else "bias"}
        return _draft(call, count, second_axis(call), call.get("epsilon", 1e-5), slots)

    return spell


def _tensors(gamma: str, beta: str) -> Spelling:
    def spell(call: Call) -> tuple[Draft, ...]:
        slots = {"gamma": gamma, "beta": beta}
        shapes = call.matched(**slots)
        told = call.node.dialect == "torch.weights" or call.may_be("GroupNormalization")
        vectors = set((shapes or {}).values())
        if not told or len(vectors) != 1 or len(next(iter(vectors))) != 1:
            return ()
        return (Draft("group_norm", {"features": next(iter(vectors))[0]}, (), (), call.stand_for(**slots)),)

    return spell


KIND = Kind(
    "group_norm",
    attributes={
        "groups": Attribute(Effect.INFERENCE),
        "epsilon": Attribute(Effect.INFERENCE),
        "axis": Attribute(Effect.INFERENCE, is_axis=True),
    },
    told=("features", "rank"),
    roles={"gamma": Role("c"), "beta": Role("c")},
    sizes=sizes,
    axes=axes,
    compute=later(__package__, "group_norm"),
    spellings={
        ("keras", "GroupNormalization"): _keras,
        ("torch.nn", "GroupNorm"): _torch,
        ("aten", "group_norm"): _torch,
        ("aten", "native_group_norm"): _torch,
        ("onnx", "GroupNormalization"): _onnx("num_groups"),
        ("onnx", "InstanceNormalization"): _onnx(None),
    },
    signatures={"torch.weights": (_tensors("weight", "bias"),), "keras.weights": (_tensors("gamma", "beta?"),)},
)
