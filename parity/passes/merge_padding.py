"""Zeros around an image, padded by a layer of their own, are the padding of the convolution or pooling that follows."""

from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Unknown
from parity.passes._rewrite import absorb, joined, only_consumer, rewrite

NOT_NEGATIVE = {"relu", "relu6", "sigmoid", "softplus", "softmax", "exp", "hard_sigmoid"}
KEEPS_SIGN = {"max_pool", "average_pool", "dropout", "pad"}


def merge_padding(graph: LayerGraph) -> LayerGraph:
    """Join each zero padding with the one window that uses it.

    Maximum pooling pads with what never wins, so zeros are the same only where nothing is negative.
    """
    replaced: dict[str, Layer] = {}
    dropped = set()
    for layer in graph.layers:
        if layer.kind != "pad" or layer.attributes["mode"] != "constant" or layer.attributes["value"] != 0:
            continue
        after = only_consumer(graph, layer.outputs[0]) if layer.outputs else None
        padding = _together(graph, layer, after) if after is not None else None
        if after is None or padding is None:
            continue
        replaced[after.path] = replace(
            after,
            attributes={**after.attributes, "padding": padding},
            inputs=(layer.inputs[0], *after.inputs[1:]),
            sources=joined(after, layer),
            notes=absorb(after, layer, f"{layer.source} pads its input"),
        )
        dropped.add(layer.path)
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _together(graph: LayerGraph, pad: Layer, after: Layer) -> tuple[tuple[int, int], ...] | None:
    if after.kind == "max_pool":
        if not _not_negative(graph, pad.inputs[0]):
            return None
    elif after.kind == "average_pool":
        if after.attributes["count_include_pad"] is False:
            return None
    elif after.kind != "conv" or after.attributes["padding_mode"] != "zeros":
        return None
    own: Any = after.attributes["padding"]
    amounts = pad.attributes["amounts"]
    last = after.attributes["data_format"] == "channels_last"
    space, rest = (amounts[1:-1], (amounts[0], amounts[-1])) if last else (amounts[2:], amounts[:2])
    if isinstance(own, Unknown) or any(each != (0, 0) for each in rest) or len(space) != len(own):
        return None
    return tuple((before[0] + mine[0], before[1] + mine[1]) for before, mine in zip(space, own, strict=True))


def _not_negative(graph: LayerGraph, value: str) -> bool:
    layer = graph.producers.get(value)
    while layer is not None and layer.kind in KEEPS_SIGN:
        layer = graph.producers.get(layer.inputs[0])
    return layer is not None and layer.kind == "activation" and layer.attributes["function"] in NOT_NEGATIVE
