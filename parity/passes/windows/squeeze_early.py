"""Axes of one element that a Flatten drops some layers after a global pooling are dropped with the pooling.

What works on channels alone does the same without these axes: Keras pools to channels and normalises them, other models
keep the axes of an image for that and flatten what comes out.
"""

from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Shape, Value
from parity.passes._rewrite import only_consumer, rewrite

FLAT = 2
DROPS = frozenset(("flatten", "reshape"))


def squeeze_early(graph: LayerGraph) -> LayerGraph:
    """Put the Flatten of each such chain behind its pooling, where all between works on channels alone."""
    replaced: dict[str, Layer] = {}
    after: dict[str, tuple[Layer, ...]] = {}
    aliases: dict[str, str] = {}
    dropped: set[str] = set()
    values: dict[str, Value] = {}
    for pool in graph.layers:
        found = _chain(graph, pool) if pool.kind.startswith("global_") and len(pool.outputs) == 1 else None
        if found is None:
            continue
        chain, flatten = found
        (end,), (value,) = flatten.outputs, pool.outputs
        shape, flat = graph.shape(end), f"{value}:flat"
        after[pool.path] = (replace(flatten, inputs=(value,), outputs=(flat,)),)
        dropped.add(flatten.path)
        aliases[end] = chain[-1].outputs[0]
        values[flat] = replace(graph.values[value], shape=shape, axes=None)
        for layer in chain:
            inputs = (flat,) if layer is chain[0] else layer.inputs
            replaced[layer.path] = replace(layer, attributes=_on_channels(layer), inputs=inputs)
            values[layer.outputs[0]] = replace(graph.values[layer.outputs[0]], shape=shape, axes=None)
    return rewrite(graph, replaced=replaced, after=after, aliases=aliases, dropped=dropped, values=values)


def _chain(graph: LayerGraph, pool: Layer) -> tuple[list[Layer], Layer] | None:
    """The layers between a pooling and what drops its axes, and that one; None where there are none, or others."""
    shape = graph.shape(pool.outputs[0])
    if shape is None or len(shape) <= FLAT or sum(size != 1 for size in shape[1:]) > 1:
        return None
    chain: list[Layer] = []
    layer = only_consumer(graph, pool.outputs[0])
    while layer is not None and len(layer.outputs) == 1 and _works_on_channels(layer, shape):
        chain.append(layer)
        layer = only_consumer(graph, layer.outputs[0])
    if not chain or layer is None or layer.kind not in DROPS or layer.weights or len(layer.inputs) != 1:
        return None
    channels = next((size for size in shape[1:] if size != 1), 1)
    return (chain, layer) if graph.shape(layer.outputs[0]) == (shape[0], channels) else None


def _works_on_channels(layer: Layer, shape: Shape) -> bool:
    """Whether a layer does to each channel what it does without the axes of one element."""
    if len(layer.inputs) != 1 or "operands" in layer.attributes:
        return False
    if layer.kind == "activation":
        return not layer.weights and layer.attributes.get("axis") is None
    if layer.kind == "dropout":
        return bool(layer.attributes["units"] == "elements")
    if layer.kind != "layer_norm" or layer.attributes["layout"] != "c" or len(layer.attributes["axes"]) != 1:
        return False
    return all(size == 1 for at, size in enumerate(shape) if at not in {0, layer.attributes["axes"][0] % len(shape)})


def _on_channels(layer: Layer) -> dict[str, Any]:
    """The settings of a layer where channels are the last axis."""
    return {**layer.attributes, **({"axes": (-1,)} if layer.kind == "layer_norm" else {})}
