"""A pooling window that covers the whole image once is a global pooling, at the size of image that is recorded."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph, Note, Shape, Undone, Unknown
from parity.kinds import channel_axis
from parity.passes._rewrite import rewrite

GLOBAL = {"average_pool": "global_average_pool", "max_pool": "global_max_pool"}
NOTE = Note(Undone.COVERED, "its window covers the whole image: at this size a global pooling")


def canonicalise_global_pooling(graph: LayerGraph) -> LayerGraph:
    """Turn each pooling with one window, in which every element of a channel counts once, into a global pooling."""
    replaced = {}
    for layer in graph.layers:
        if layer.kind in GLOBAL and layer.inputs and layer.outputs and _covers(graph, layer):
            rank, layout = len(layer.attributes["pool_size"]) + 2, layer.attributes["data_format"]
            channels = channel_axis(rank, layout)
            attributes = {"keepdims": True, "data_format": layout, "rank": rank, "channels": channels}
            notes = (*layer.notes, NOTE)
            replaced[layer.path] = replace(layer, kind=GLOBAL[layer.kind], attributes=attributes, notes=notes)
    return rewrite(graph, replaced=replaced)


def _covers(graph: LayerGraph, layer: Layer) -> bool:
    window = layer.attributes
    sizes, made = (_space(graph.shape(value), window["data_format"]) for value in (layer.inputs[0], layer.outputs[0]))
    if (
        len(layer.outputs) > 1
        or len(sizes) != len(window["pool_size"])
        or set(made) != {1}
        or set(window["dilation"]) != {1}
    ):
        return False
    if window.get("count_include_pad") or isinstance(window["padding"], Unknown):
        return False
    covered = zip(sizes, window["pool_size"], window["padding"], strict=True)
    return all(isinstance(size, int) and length - padding[0] >= size for size, length, padding in covered)


def _space(shape: Shape | None, layout: str) -> Shape:
    if shape is None:
        return ()
    channels = channel_axis(len(shape), layout)
    return shape[1:channels] + shape[channels + 1 :]
