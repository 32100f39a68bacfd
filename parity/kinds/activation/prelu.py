"""Parametric ReLU: what is negative is multiplied by a weight, one for all, one a channel or one a place."""

from collections.abc import Mapping
from typing import Any

from parity.graph import Axes, Effect, Shape
from parity.kinds._channels import axes as of_channels
from parity.kinds._contract import (
    Attribute,
    Attributes,
    AxisNames,
    Call,
    Draft,
    InputShapes,
    Kind,
    Role,
    Use,
    same_axes,
)
from parity.kinds._given import later


def _sizes(attributes: Attributes, inputs: InputShapes) -> Mapping[str, int]:
    found, axes = (inputs[0] if inputs else None), attributes["axes"]
    names = ("c",) if len(axes) == 1 else tuple(f"axis{-axis}" for axis in axes)
    given = [found[axis] for axis in axes] if found is not None else attributes.get("features") or ()
    sizes = {name: size for name, size in zip(names, given, strict=False) if isinstance(size, int)}
    return sizes | {f"one{at}": 1 for at in range(attributes.get("ones", 0))}


def slopes(alpha: Shape) -> tuple[dict[str, Any], str]:
    """The settings of a layer whose weight is broadcast to the last axes, and the names of the weight's axes.

    Axes of one element share a slope.
    """
    axes = tuple(at - len(alpha) for at, size in enumerate(alpha) if size != 1)
    names, ones = [], 0
    for at, size in enumerate(alpha):
        names.append(f"one{ones}" if size == 1 else "c" if len(axes) == 1 else f"axis{len(alpha) - at}")
        ones += size == 1
    features = tuple(size for size in alpha if size != 1)
    return {"axes": axes, "features": features, "ones": ones}, " ".join(names)


def _axes(attributes: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    """What has a slope each, along one axis, are the channels."""
    found = attributes["axes"]
    single = len(found) == 1 and attributes.get("rank")
    return of_channels({**attributes, "axis": found[0]}, inputs) if single else same_axes(attributes, inputs)


def _draft(call: Call, slot: str, alpha: Shape) -> tuple[Draft, ...]:
    """The layer, from the shape of its weight against the last axes of the input; axes of one element are shared."""
    shape = call.shape()
    if len(call.inputs) > 1 or (shape is not None and len(alpha) > len(shape)):
        return ()
    attributes, names = slopes(alpha)
    attributes = {**attributes, "rank": len(shape or ())}
    weights = {"alpha": Use(call.node.weights[slot], names)} if call.has(slot) else {}
    return (Draft("prelu", attributes, call.inputs[:1], call.outputs[:1], weights),)


def _onnx(call: Call) -> tuple[Draft, ...]:
    """ONNX's weight is broadcast to the last axes."""
    alpha = call.weight_shape("slope")
    return _draft(call, "slope", alpha) if alpha is not None else ()


def _keras(call: Call) -> tuple[Draft, ...]:
    """Keras' weight has all axes but the batch, of one element where they share it."""
    alpha, shape, shared = call.weight_shape("0"), call.shape(), call.get("shared_axes") or ()
    if alpha is None and shape is not None:
        sizes = [1 if axis in shared else size for axis, size in enumerate(shape)][1:]
        alpha = tuple(size for size in sizes if isinstance(size, int))
        alpha = alpha if len(alpha) == len(sizes) else None
    return _draft(call, "0", alpha) if alpha is not None else ()


def _torch(call: Call) -> tuple[Draft, ...]:
    """PyTorch's weight is one number, or one for each position of the second axis."""
    alpha, shape = call.weight_shape("weight"), call.shape()
    if alpha is None or len(alpha) != 1 or (alpha != (1,) and shape is not None and len(shape) < 2):
        return ()
    axes = () if alpha == (1,) else ("C" if shape is None else 1 - len(shape),)
    attributes = {"axes": axes, "features": alpha if axes else (), "ones": 0 if axes else 1, "rank": len(shape or ())}
    weights = {"alpha": Use(call.node.weights["weight"], "c" if axes else "one0")}
    return (Draft("prelu", attributes, call.inputs[:1], call.outputs[:1], weights),)


def _torch_tensors(call: Call) -> tuple[Draft, ...]:
    shape = (call.matched(alpha="weight") or {}).get("alpha", ())
    if len(shape) != 1:
        return ()
    ones = int(shape == (1,))
    attributes = {"axes": () if ones else ("C",), "features": () if ones else shape, "ones": ones}
    weights = {"alpha": Use(call.node.weights["weight"], "one0" if ones else "c")}
    return (Draft("prelu", attributes, (), (), weights),)


def _keras_tensors(call: Call) -> tuple[Draft, ...]:
    shape = (call.matched(alpha="alpha") or {}).get("alpha")
    if shape is None or not call.may_be("PReLU"):
        return ()
    return _draft(call, next(iter(call.node.weights)), shape)


KIND = Kind(
    "prelu",
    attributes={"axes": Attribute(Effect.INFERENCE, is_axis=True)},
    told=("features", "ones", "rank"),
    roles={"alpha": Role("")},
    sizes=_sizes,
    axes=_axes,
    compute=later(__package__, "prelu"),
    spellings={
        ("keras", "PReLU"): _keras,
        ("torch.nn", "PReLU"): _torch,
        ("aten", "prelu"): _torch,
        ("aten", "_prelu_kernel"): _torch,
        ("onnx", "PRelu"): _onnx,
    },
    signatures={"torch.weights": (_torch_tensors,), "keras.weights": (_keras_tensors,)},
)
