"""A kernel as a magnitude for each of its slices along an axis, and a direction that is scaled to it.

w = g * v / ||v||, the norm taken over all other axes (Salimans and Kingma 2016; ``torch.nn.utils.weight_norm``).
"""

from parity.graph import Shape
from parity.kinds._contract import (
    Attribute,
    Attributes,
    Call,
    Draft,
    InputShapes,
    Kind,
    Role,
    unknown_axes,
)
from parity.kinds._given import later


def _shape(attributes: Attributes, _: InputShapes) -> tuple[Shape | None, ...]:
    return (attributes["size"],)


def _aten(call: Call) -> tuple[Draft, ...]:
    direction, axis = call.weight_shape("v"), call.get("dim", 0)
    weights = call.uses(direction="v", magnitude="g")
    if direction is None or len(weights) < 2 or type(axis) is not int:  # both
        return ()
    at = -1 if axis == -1 else axis % len(direction)
    attributes = {"axis": at, "size": direction}
    return (Draft("weight_norm", attributes, (), call.outputs[:1], weights),)


KIND = Kind(
    "weight_norm",
    attributes={"axis": Attribute()},
    roles={"direction": Role(""), "magnitude": Role("")},
    shape=_shape,
    axes=unknown_axes,
    makes=True,
    compute=later(__package__, "weight_norm"),
    spellings={("aten", "_weight_norm"): _aten, ("aten", "_weight_norm_interface"): _aten},
)
