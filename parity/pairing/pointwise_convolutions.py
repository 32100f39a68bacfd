"""Convolutions of one pixel where the other model has dense layers: both multiply the channels of a place by a matrix.

ConvNeXt has one in Keras and the other in some ports, and heads of classifiers have either. A size of which the other
model has convolutions too is left as it is: which of them a dense layer stands for is not known.
"""

from collections import Counter
from dataclasses import replace

from parity.graph import Layer, LayerGraph, Weight
from parity.kinds import CHANNELS_LAST
from parity.passes import normalise
from parity.passes._rewrite import rewrite

Size = tuple[int, int, bool]
"""The channels that go in and come out, and whether there is a bias."""

SPATIAL = frozenset(("kd", "kh", "kw", "spatial"))

CONVOLUTIONS = frozenset(
    ("kernel_size", "strides", "dilation", "padding", "padding_mode", "padding_rule", "groups", "filters")
) | {"in_channels", "data_format"}
"""The settings of convolutions alone."""


def pointwise_convolutions(graph: LayerGraph, other: LayerGraph) -> LayerGraph:
    """Make dense layers of such convolutions, of each size that the other model has in dense layers alone."""
    mine = [(layer, size) for layer in graph.layers if (size := _pointwise(layer)) is not None]
    if not mine:
        return graph
    theirs = {size for layer in other.layers if (size := _pointwise(layer)) is not None}
    lacking = _dense(other) - _dense(graph)
    counts = Counter(size for _, size in mine)
    used = Counter(weight.storage for layer in graph.layers for weight in layer.weights)
    replaced: dict[str, Layer] = {}
    now: dict[str, Weight] = {}
    for layer, size in mine:
        kernel = layer.weight("kernel")
        if kernel is None or size in theirs or lacking[size] < counts[size] or used[kernel.storage] > 1:
            continue
        made = _matrix(kernel)
        now[kernel.name] = made
        weights = tuple(made if each is kernel else each for each in layer.weights)
        replaced[layer.path] = replace(layer, kind="dense", attributes=_settings(layer), weights=weights)
    done = rewrite(graph, replaced=replaced, weights=now)
    return done if done is graph else normalise(done)


def _pointwise(layer: Layer) -> Size | None:
    """The size of a convolution that looks at one pixel at a time, and at each of them."""
    told = layer.attributes
    if layer.kind != "conv" or len(layer.inputs) != 1 or told["groups"] != 1:
        return None
    kernel = layer.weight("kernel")
    plain = {*told["kernel_size"], *told["strides"]} == {1} and not any(map(any, told["padding"]))
    if not plain or kernel is None or kernel.cuts or kernel.pieces or kernel.joined:
        return None
    sizes = [size for size, axis in zip(kernel.shape, kernel.axes.split(), strict=False) if axis not in SPATIAL]
    channels = told["in_channels"], told["filters"]
    known = len(kernel.axes.split()) == len(kernel.shape) and sorted(sizes) == sorted(channels)
    return (*channels, layer.weight("bias") is not None) if known else None


def _dense(graph: LayerGraph) -> Counter[Size]:
    """How many dense layers there are of each size."""
    found = Counter[Size]()
    for layer in graph.layers:
        kernel = layer.weight("kernel") if layer.kind == "dense" else None
        if kernel is None:
            continue
        units = layer.attributes["units"]
        found[kernel.numel // max(units, 1), units, layer.weight("bias") is not None] += 1
    return found


def _matrix(kernel: Weight) -> Weight:
    """A kernel without its axes of one element."""
    named = [*zip(kernel.shape, kernel.axes.split(), strict=True)]
    shape = tuple(size for size, axis in named if axis not in SPATIAL)
    window = tuple((0, size) for size in kernel.shape)
    made = kernel.part(window, shape, name=kernel.name, storage=kernel.storage)
    return replace(made, axes=" ".join(axis for _, axis in named if axis not in SPATIAL))


def _settings(layer: Layer) -> dict[str, object]:
    """The settings of the dense layer, which works along the axis of the channels."""
    told = layer.attributes
    kept = {name: each for name, each in told.items() if name not in CONVOLUTIONS}
    last = told["data_format"] == CHANNELS_LAST
    return {**kept, "units": told["filters"], **({} if last else {"axis": -1 - len(told["kernel_size"])})}
