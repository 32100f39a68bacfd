"""Depth to space, or pixel shuffle: channels become square blocks of a larger image."""

from parity.graph import Dim, Shape
from parity.kinds._contract import Attributes, InputShapes, Kind
from parity.kinds._given import later
from parity.kinds._layouts import join, split
from parity.kinds.shape import _blocks as blocks

NAME = "depth_to_space"


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, layout, block = (inputs[0] if inputs else None), attributes["data_format"], attributes["block"]
    if found is None:
        return (None,)
    channels, space = split(found, layout)
    fewer: Dim = channels // block**2 if isinstance(channels, int) else None
    larger = [size * block if isinstance(size, int) else None for size in space]
    return (join(found[0], larger, fewer, layout),)


KIND = Kind(
    NAME,
    attributes=blocks.COMPARED,
    told=("data_format",),
    shape=_shape,
    axes=blocks.axes,
    compute=later(__package__, "depth_to_space"),
    spellings={
        ("keras.ops", "DepthToSpace"): blocks.keras(NAME),
        ("torch.nn", "PixelShuffle"): blocks.torch(NAME, "upscale_factor"),
        ("aten", "pixel_shuffle"): blocks.torch(NAME, "upscale_factor"),
        ("onnx", "DepthToSpace"): blocks.onnx(NAME),
    },
)
