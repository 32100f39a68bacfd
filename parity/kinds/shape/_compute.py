"""What changes of shape and order compute: each element that comes out is one that came in, or fills a new place.

Sources: https://onnx.ai/onnx/operators/onnx__DepthToSpace.html and onnx__Pad.html,
https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html and torch.nn.ChannelShuffle.html.
"""

from math import prod
from typing import Any

import numpy as np

from parity.graph import Dim
from parity.kinds._given import Array, Given, Uncomputable
from parity.kinds.convolution._compute import back, channels_last
from parity.kinds.shape._blocks import CHANNELS_FIRST

PAD = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap", "symmetric": "symmetric"}


def reshape(given: Given) -> tuple[Array, ...]:
    """The same elements with other axes."""
    value, target = given.operand(), given.attributes["target"]
    if target is None:
        return (value.reshape(()),)
    sizes: list[Dim] = [given.attributes.get("first", value.shape[0] if value.ndim else 1), *target]
    told = given.shapes[0] if given.shapes and given.shapes[0] is not None else (None,) * len(sizes)
    known = [a if isinstance(a, int) and a >= 0 else b for a, b in zip(sizes, told, strict=True)]
    if prod(size for size in known if isinstance(size, int)) != value.size or None in known:
        known = _settled(known, value, given.attributes.get("kept"))
    return (value.reshape([size if isinstance(size, int) else -1 for size in known]),)


def _settled(known: list[Dim], value: Array, kept: Any) -> list[Dim]:
    """Sizes of which at most one is left open: axes that stay what they are have the sizes that they have."""
    left = [at for at, size in enumerate(known) if not isinstance(size, int)]
    places = kept or ((0,) if left[:1] == [0] else ())
    for at in left if len(left) > 1 else ():
        if at < len(places) and places[at] is not None:
            known[at] = value.shape[places[at]]
    if sum(not isinstance(size, int) for size in known) > 1:
        raise Uncomputable("its output shape is not known")
    return known


def flatten(given: Given) -> tuple[Array, ...]:
    """All axes but the first as one, whose rows run over them in an order."""
    value, order = given.inputs[0], given.attributes.get("order")
    value = value.transpose(0, *order) if order else value
    return (value.reshape(value.shape[0], prod(value.shape[1:])),)


def expand(given: Given) -> tuple[Array, ...]:
    """Axes of one element repeated, and axes added in front."""
    value, target = given.operand(), given.attributes["target"]
    told = given.shapes[0] if given.shapes and given.shapes[0] is not None else target
    if told is None:
        raise Uncomputable("its output shape is not known")
    own = (1,) * (len(told) - value.ndim) + value.shape
    sizes = tuple(b if not isinstance(a, int) or a in {-1, 1} else a for a, b in zip(told, own, strict=True))
    given.makes(*sizes)
    return (np.broadcast_to(value, sizes),)


def permute(given: Given) -> tuple[Array, ...]:
    """The axes in another order."""
    return (given.operand().transpose(given.attributes["order"]),)


def pad(given: Given) -> tuple[Array, ...]:
    """Places added at the ends of axes, or taken away where the amount is below 0."""
    value, amounts = given.inputs[0], given.attributes["amounts"]
    cut = tuple(slice(max(-a, 0), size - max(-b, 0)) for size, (a, b) in zip(value.shape, amounts, strict=True))
    more = [(max(a, 0), max(b, 0)) for a, b in amounts]
    given.makes(*(size + a + b for size, (a, b) in zip(value.shape, more, strict=True)))
    mode: Any = PAD[given.attributes["mode"]]
    filling = {"constant_values": given.attributes["value"]} if mode == "constant" else {}
    value = value.astype("float64") if filling.get("constant_values", 0.0) % 1 else value
    return (np.pad(value[cut], more, mode=mode, **filling),)


def concat(given: Given) -> tuple[Array, ...]:
    """Tensors one after the other along an axis."""
    given.makes(sum(each.size for each in given.inputs))
    return (np.concatenate(given.inputs, axis=given.attributes["axis"]),)


def channel_shuffle(given: Given) -> tuple[Array, ...]:
    """The channels of several groups in turn."""
    value, groups, axis = given.inputs[0], given.attributes["groups"], given.attributes["axis"]
    if not isinstance(axis, int):
        raise Uncomputable("which axis its channels are is not known")
    at = axis % value.ndim
    parts = value.reshape(*value.shape[:at], groups, value.shape[at] // groups, *value.shape[at + 1 :])
    return (np.swapaxes(parts, at, at + 1).reshape(value.shape),)


def depth_to_space(given: Given) -> tuple[Array, ...]:
    """Channels as blocks of a larger image."""
    block, layout = given.attributes["block"], given.attributes["data_format"]
    image = channels_last(given.inputs[0], layout)
    batch, height, width, channels = image.shape
    outer = given.attributes["order"] == CHANNELS_FIRST
    fewer = channels // block**2
    parts = image.reshape(batch, height, width, *((fewer, block, block) if outer else (block, block, fewer)))
    turned = parts.transpose((0, 1, 4, 2, 5, 3) if outer else (0, 1, 3, 2, 4, 5))
    return (back(turned.reshape(batch, height * block, width * block, fewer), layout),)


def space_to_depth(given: Given) -> tuple[Array, ...]:
    """Blocks of an image as channels of a smaller one."""
    block, layout = given.attributes["block"], given.attributes["data_format"]
    image = channels_last(given.inputs[0], layout)
    batch, height, width, channels = image.shape
    parts = image.reshape(batch, height // block, block, width // block, block, channels)
    outer = given.attributes["order"] == CHANNELS_FIRST
    turned = parts.transpose((0, 1, 3, 5, 2, 4) if outer else (0, 1, 3, 2, 4, 5))
    return (back(turned.reshape(batch, height // block, width // block, channels * block**2), layout),)


def roll(given: Given) -> tuple[Array, ...]:
    """The positions of axes moved on, in a circle."""
    return (np.roll(given.operand(), given.attributes["shifts"], axis=given.attributes["axes"]),)


def select(given: Given) -> tuple[Array, ...]:
    """One position of an axis."""
    return (np.asarray(np.take(given.operand(), given.attributes["index"], axis=given.attributes["axis"])),)


def shape_of(given: Given) -> tuple[Array, ...]:
    """The sizes of some axes, or the number of elements."""
    value = given.operand()
    if given.attributes["function"] == "size":
        return (np.asarray(value.size),)
    return (np.asarray(value.shape[given.attributes["start"] : given.attributes["end"]], "int64"),)


def sliced(given: Given) -> tuple[Array, ...]:
    """A range of some axes."""
    value = given.operand()
    ranges = [slice(None)] * value.ndim
    for axis, bounds in zip(given.attributes["axes"], given.attributes["bounds"], strict=True):
        ranges[axis] = slice(*bounds)
    return (value[tuple(ranges)],)


def stack_axis(given: Given) -> tuple[Array, ...]:
    """A new axis of one element."""
    return (np.expand_dims(given.inputs[0], given.attributes["axis"]),)


def tile(given: Given) -> tuple[Array, ...]:
    """Copies one after the other, or each position several times."""
    value, repeats = given.operand(), given.attributes["repeats"]
    given.makes(value.size, *repeats)
    if not given.attributes["interleaved"]:
        return (np.tile(value, repeats),)
    for axis, times in enumerate(repeats):
        value = np.repeat(value, times, axis=axis) if times != 1 else value
    return (value,)


def resize(given: Given) -> tuple[Array, ...]:
    """Each spatial axis sampled at other places."""
    from parity.kinds.shape._sampling import sampled

    return sampled(given)
