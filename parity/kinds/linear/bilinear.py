"""A number for each unit from two vectors: left^T @ kernel @ right + bias."""

from collections.abc import Mapping

from parity.graph import Axes, Shape
from parity.kinds._contract import Attributes, AxisNames, Call, Draft, InputShapes, Kind, Role
from parity.kinds._given import later
from parity.kinds._macs import weights_for_each_step


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found = inputs[0] if inputs else None
    return (None,) if found is None else ((*found[:-1], attributes["units"]),)


def _sizes(attributes: Attributes, _: InputShapes) -> Mapping[str, int]:
    return {"out": attributes["units"], "left": attributes["left"], "right": attributes["right"]}


def _axes(_: Attributes, inputs: tuple[Axes | None, ...]) -> AxisNames:
    found = inputs[0]
    return inputs, (None if found is None else (*found[:-1], "C"),)


def _torch(call: Call) -> tuple[Draft, ...]:
    units, left, right = call.weight_shape("weight") or ()
    attributes = {"units": units, "left": left, "right": right}
    weights = call.uses(kernel="weight", bias="bias")
    return (Draft("bilinear", attributes, call.inputs, call.outputs[:1], weights),)


KIND = Kind(
    "bilinear",
    told=("left", "right", "units"),
    roles={"kernel": Role("out left right"), "bias": Role("out")},
    shape=_shape,
    sizes=_sizes,
    axes=_axes,
    macs=weights_for_each_step("kernel"),
    compute=later(__package__, "bilinear"),
    spellings={("torch.nn", "Bilinear"): _torch, ("aten", "bilinear"): _torch},
)
