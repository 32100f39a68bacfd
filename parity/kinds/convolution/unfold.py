"""Unfold: the elements under each position of a sliding window as a column (im2col)."""

from parity.graph import Shape
from parity.kinds._contract import Attributes, Call, Draft, InputShapes, Kind, unknown_axes
from parity.kinds._given import later
from parity.kinds._layouts import product
from parity.kinds._windows import spatial
from parity.kinds.convolution import _patches as patches


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found = inputs[0] if inputs else None
    if found is None or len(found) != 4:  # images
        return (None,)
    windows = (attributes[name] for name in ("kernel_size", "strides", "dilation", "padding"))
    count = product(spatial(found[2:], *windows))
    return ((found[0], product((found[1], *attributes["kernel_size"])), count),)


def _torch(call: Call) -> tuple[Draft, ...]:
    found = patches.settings(call)
    return (Draft("unfold", found, call.inputs[:1], call.outputs[:1]),) if found is not None else ()


KIND = Kind(
    "unfold",
    attributes=patches.COMPARED,
    shape=_shape,
    axes=unknown_axes,
    compute=later(__package__, "columns"),
    spellings={("torch.nn", "Unfold"): _torch, ("aten", "im2col"): _torch, ("keras.ops", "Unfold"): _torch},
)
