"""Space to depth, or pixel unshuffle: square blocks of an image become channels of a smaller one."""

from parity.graph import Dim, Shape
from parity.kinds import _blocks as blocks
from parity.kinds._contract import Attributes, Call, Draft, InputShapes, Kind
from parity.kinds._layouts import LAST, join, split

NAME = "space_to_depth"


def _shape(attributes: Attributes, inputs: InputShapes) -> tuple[Shape | None, ...]:
    found, layout, block = (inputs[0] if inputs else None), attributes["data_format"], attributes["block"]
    if found is None:
        return (None,)
    channels, space = split(found, layout)
    more: Dim = channels * block**2 if isinstance(channels, int) else None
    smaller = [size // block if isinstance(size, int) else None for size in space]
    return (join(found[0], smaller, more, layout),)


def _torch(call: Call) -> tuple[Draft, ...]:
    return blocks.draft(call, NAME, call.get("downscale_factor"), blocks.CHANNELS_FIRST)


def _onnx(call: Call) -> tuple[Draft, ...]:
    order = {"DCR": blocks.BLOCKS_FIRST, "CRD": blocks.CHANNELS_FIRST}.get(call.get("mode", "DCR"))
    return blocks.draft(call, NAME, call.get("blocksize"), order) if order is not None else ()


def _keras(call: Call) -> tuple[Draft, ...]:
    return blocks.draft(call, NAME, call.get("block_size"), blocks.BLOCKS_FIRST, call.get("data_format") or LAST)


KIND = Kind(
    NAME,
    attributes=blocks.COMPARED,
    shape=_shape,
    axes=blocks.axes,
    spellings={
        ("keras.ops", "SpaceToDepth"): _keras,
        ("torch.nn", "PixelUnshuffle"): _torch,
        ("aten", "pixel_unshuffle"): _torch,
        ("onnx", "SpaceToDepth"): _onnx,
    },
)
