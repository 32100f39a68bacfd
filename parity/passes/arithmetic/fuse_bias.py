"""A product with a kernel and the addition of a vector are one dense layer or convolution with a bias."""

from collections.abc import Collection
from dataclasses import replace
from math import prod

from parity.graph import Layer, LayerGraph, Weight
from parity.passes._computed import COMPUTED_BEFORE
from parity.passes._rewrite import joined, merge_notes, only_consumer, rewrite

UNITS = {"dense": "units", "conv": "filters", "conv_transpose": "filters"}
"""The attribute that tells how many elements a bias has."""


def fuse_bias_of_rows(graph: LayerGraph) -> LayerGraph:
    """Join the dense layers that work on rows with their biases, before the rows are put back to where they were."""
    rows = {layer.path for layer in graph.layers if layer.kind == "dense" and _is_of_rows(graph, layer)}
    return _merged(graph, rows) if rows else graph


def _is_of_rows(graph: LayerGraph, layer: Layer) -> bool:
    maker = graph.producers.get(layer.inputs[0]) if layer.inputs else None
    matrix = bool(layer.outputs) and len(graph.shape(layer.outputs[0]) or ()) == 2
    return matrix or (maker is not None and maker.kind == "reshape")


def fuse_bias(graph: LayerGraph) -> LayerGraph:
    """Join each such layer without a bias with the addition of a stored vector that alone follows it."""
    return _merged(graph, {layer.path for layer in graph.layers if layer.kind in UNITS})


def _merged(graph: LayerGraph, paths: Collection[str]) -> LayerGraph:
    replaced: dict[str, Layer] = {}
    dropped = set()
    for layer in graph.layers:
        if layer.path not in paths or layer.weight("bias") is not None or not layer.outputs:
            continue
        after = only_consumer(graph, layer.outputs[0])
        split = after if after is not None and layer.kind == "dense" and after.kind == "reshape" else None
        after = only_consumer(graph, split.outputs[0]) if split is not None else after
        bias = _bias(graph, layer, after, split) if after is not None else None
        if after is None or bias is None:
            continue
        if split is not None:
            replaced[split.path] = replace(split, outputs=after.outputs)
        replaced[layer.path] = replace(
            layer,
            weights=(*layer.weights, bias),
            outputs=layer.outputs if split is not None else after.outputs,
            sources=joined(layer, after),
            notes=merge_notes(layer, after, f"{after.source} adds its bias"),
        )
        dropped.add(after.path)
    biases = {layer.weight("bias") for layer in replaced.values() if layer.kind in UNITS}
    named = {bias.name: bias for bias in biases if bias is not None}
    return rewrite(graph, replaced=replaced, dropped=dropped, weights=named)


def _bias(graph: LayerGraph, layer: Layer, after: Layer, split: Layer | None) -> Weight | None:
    """What a layer adds to each unit or filter of the one before it, be it after the units are split into axes."""
    operand, count = after.weight("operand"), layer.attributes[UNITS[layer.kind]]
    adds = after.kind == "elementwise" and after.attributes.get("function") == "add" and len(after.inputs) == 1
    if not adds or operand is None or operand.numel != count or COMPUTED_BEFORE in after.attributes:
        return None
    if split is not None:
        whole = _splits_units(graph, layer, split, operand.shape)
        return replace(operand, role="bias", axes="out", shape=(count,)) if whole else None
    if len(operand.shape) > 1:
        return None
    shape, axis = graph.shape(layer.outputs[0]), after.attributes.get("operand_axis", -1)
    told = axis == -1 and layer.kind == "dense" if shape is None else axis % len(shape) == _axis(layer, len(shape))
    if operand.shape and not told and count > 1:
        return None
    return replace(operand, role="bias", axes="out", shape=(count,))


def _splits_units(graph: LayerGraph, layer: Layer, split: Layer, sizes: tuple[int, ...]) -> bool:
    """Whether a reshape does nothing but split the units, which are the last axis, into axes of these sizes."""
    before, after = graph.shape(layer.outputs[0]), graph.shape(split.outputs[0])
    if before is None or after is None or layer.attributes.get("axis", -1) != -1 or split.weights or len(sizes) < 2:
        return False
    return after == (*before[:-1], *sizes) and prod(sizes) == before[-1]


def _axis(layer: Layer, rank: int) -> int:
    """The axis of the units or filters."""
    if layer.kind == "dense":
        return int(layer.attributes.get("axis", -1)) % rank
    return rank - 1 if layer.attributes["data_format"] == "channels_last" else 1
