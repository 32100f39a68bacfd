"""Zeros around an image, padded by a layer of their own, are the padding of the convolution or pooling that follows."""

from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Undone, Unknown
from parity.passes._rewrite import joined, merge_notes, rewrite

NOT_NEGATIVE = {"relu", "relu6", "sigmoid", "softplus", "softmax", "exp", "hard_sigmoid"}
Padding = tuple[tuple[int, int], ...]

KEEPS_SIGN = {"max_pool", "average_pool", "dropout", "pad"}


def fuse_padding(graph: LayerGraph) -> LayerGraph:
    """Join each zero padding with the windows that use it, if nothing else does.

    Maximum pooling pads with what never wins, so zeros are the same only where nothing is negative.
    """
    while (merged := _merge_innermost(graph)) is not graph:
        graph = merged
    return graph


def _merge_innermost(graph: LayerGraph) -> LayerGraph:
    """One round: of several paddings in a row the one next to the window."""
    replaced: dict[str, Layer] = {}
    dropped = set()
    for layer in graph.layers:
        if layer.kind != "pad" or layer.attributes["mode"] != "constant" or layer.attributes["value"] != 0:
            continue
        users = graph.consumers.get(layer.outputs[0], ()) if layer.outputs else ()
        paddings = [_together(graph, layer, after) for after in users]
        if not users or None in paddings or layer.outputs[0] in graph.outputs or replaced.keys() & _paths(users):
            continue
        for after, padding in zip(users, paddings, strict=True):
            replaced[after.path] = replace(
                after,
                attributes=_padded(after, padding or ()),
                inputs=(layer.inputs[0], *after.inputs[1:]),
                sources=joined(after, layer),
                notes=merge_notes(after, layer, f"{layer.source} pads its input", Undone.PADDING),
            )
        dropped.add(layer.path)
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _paths(layers: tuple[Layer, ...]) -> set[str]:
    return {layer.path for layer in layers}


def _padded(window: Layer, padding: Padding) -> dict[str, Any]:
    """The window's attributes with all the padding, which no rule gives; zeros from a layer count in an average."""
    attributes = {name: value for name, value in window.attributes.items() if name != "padding_rule"}
    return attributes | {"padding": padding} | ({"count_include_pad": True} if window.kind == "average_pool" else {})


def _together(graph: LayerGraph, pad: Layer, after: Layer) -> Padding | None:
    if not _pads_with_zeros(graph, pad, after):
        return None
    own: Any = after.attributes["padding"]
    amounts = pad.attributes["amounts"]
    if len(amounts) != len(after.attributes.get("kernel_size", after.attributes.get("pool_size", ()))) + 2:
        return None
    last = after.attributes["data_format"] == "channels_last"
    space, rest = (amounts[1:-1], (amounts[0], amounts[-1])) if last else (amounts[2:], amounts[:2])
    if isinstance(own, Unknown) or any(each != (0, 0) for each in rest) or len(space) != len(own):
        return None
    if any(min(each) < 0 for each in space):
        return None  # what is cut off is not the same as what is not padded
    return tuple((before[0] + mine[0], before[1] + mine[1]) for before, mine in zip(space, own, strict=True))


def _pads_with_zeros(graph: LayerGraph, pad: Layer, after: Layer) -> bool:
    """Whether the window's own padding would do what a layer of zeros before it does."""
    if after.attributes.get("ceil_mode"):
        return False  # the last window may start in a layer's padding, but not in the window's own
    if after.kind == "max_pool":
        return _not_negative(graph, pad.inputs[0])
    if after.kind == "average_pool":
        return after.attributes["count_include_pad"] is not False
    return after.kind == "conv" and after.attributes["padding_mode"] == "zeros"


def _not_negative(graph: LayerGraph, value: str) -> bool:
    layer = graph.producers.get(value)
    while layer is not None and layer.kind in KEEPS_SIGN and layer.attributes.get("value", 0) >= 0:
        layer = graph.producers.get(layer.inputs[0])
    return layer is not None and layer.kind == "activation" and layer.attributes["function"] in NOT_NEGATIVE
