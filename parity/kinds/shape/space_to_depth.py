"""Space to depth, or pixel unshuffle: square blocks of an image become channels of a smaller one."""

from parity.graph import Dim, Shape
from parity.kinds._contract import Attributes, InputShapes, Kind
from parity.kinds._given import later
from parity.kinds._layouts import join, split
from parity.kinds.shape import _blocks as blocks

NAME = "space_to_depth"


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, layout, block = (inputs[0] if inputs else None), attributes["data_format"], attributes["block"]
    if found is None:
        return (None,)
    channels, space = split(found, layout)
    more: Dim = channels * block**2 if isinstance(channels, int) else None
    smaller = [size // block if isinstance(size, int) else None for size in space]
    return (join(found[0], smaller, more, layout),)


KIND = Kind(
    NAME,
    attributes=blocks.COMPARED,
    told=("data_format",),
    shape=_shape,
    axes=blocks.axes,
    compute=later(__package__, "space_to_depth"),
    spellings={
        ("keras.ops", "SpaceToDepth"): blocks.keras(NAME),
        ("torch.nn", "PixelUnshuffle"): blocks.torch(NAME, "downscale_factor"),
        ("aten", "pixel_unshuffle"): blocks.torch(NAME, "downscale_factor"),
        ("onnx", "SpaceToDepth"): blocks.onnx(NAME),
    },
)
