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
    """Put the Flatten of each such chain behind its pooling, or the last convolution of what that leaves."""
    replaced: dict[str, Layer] = {}
    after: dict[str, tuple[Layer, ...]] = {}
    aliases: dict[str, str] = {}
    dropped: set[str] = set()
    values: dict[str, Value] = {}
    for pool in graph.layers:
        found = _chain(graph, pool) if len(pool.outputs) == 1 and _ends_images(graph, pool) else None
        if found is None:
            continue
        chain, flatten = found
        (end,), (value,) = flatten.outputs, pool.outputs
        flat = f"{value}:flat"
        after[pool.path] = (replace(flatten, inputs=(value,), outputs=(flat,)),)
        dropped.add(flatten.path)
        aliases[end] = chain[-1].outputs[0]
        values[flat] = replace(graph.values[value], shape=_flat(graph.shape(value)), axes=None)
        for layer in chain:
            inputs = (flat,) if layer is chain[0] else layer.inputs
            replaced[layer.path] = replace(layer, attributes=_on_channels(layer), inputs=inputs)
            made = graph.values[layer.outputs[0]]
            values[layer.outputs[0]] = replace(made, shape=_flat(made.shape), axes=None)
    return rewrite(graph, replaced=replaced, after=after, aliases=aliases, dropped=dropped, values=values)


def _ends_images(graph: LayerGraph, layer: Layer) -> bool:
    """Whether a layer pools whole images, or is a convolution of what has been pooled."""
    pooled = layer.kind == "conv" and len(layer.inputs) == 1 and _flat(graph.shape(layer.inputs[0])) is not None
    return layer.kind.startswith("global_") or pooled


def _chain(graph: LayerGraph, pool: Layer) -> tuple[list[Layer], Layer] | None:
    """The layers between a pooling and what drops its axes, and that one; None where there are none, or others."""
    chain: list[Layer] = []
    shape, layer = graph.shape(pool.outputs[0]), only_consumer(graph, pool.outputs[0])
    while layer is not None and len(layer.outputs) == 1 and _flat(shape) is not None:
        if layer.kind in DROPS and not layer.weights:
            return (chain, layer) if chain and graph.shape(layer.outputs[0]) == _flat(shape) else None
        if not _works_on_channels(layer, shape or ()):
            return None
        chain.append(layer)
        shape, layer = graph.shape(layer.outputs[0]), only_consumer(graph, layer.outputs[0])
    return None


def _flat(shape: Shape | None) -> Shape | None:
    """The batch and the channels of a shape whose other axes are of one element; None for any other."""
    if shape is None or len(shape) <= FLAT:
        return None
    wide = [size for size in shape[1:] if size != 1]
    return (shape[0], wide[0] if wide else 1) if len(wide) <= 1 else None


def _works_on_channels(layer: Layer, shape: Shape) -> bool:
    """Whether a layer does to each channel what it does without the axes of one element."""
    if len(layer.inputs) != 1 or "operands" in layer.attributes:
        return False
    if layer.kind == "activation":
        return not layer.weights and layer.attributes.get("axis") is None
    if layer.kind == "dropout":
        return bool(layer.attributes["units"] == "elements")
    if layer.kind == "dense":
        axes = (layer.attributes.get("axis", -1),)
    elif layer.kind == "layer_norm" and layer.attributes["layout"] == "c":
        axes = layer.attributes["axes"]
    else:
        return False
    return len(axes) == 1 and all(size == 1 for at, size in enumerate(shape) if at not in {0, axes[0] % len(shape)})


def _on_channels(layer: Layer) -> dict[str, Any]:
    """The settings of a layer where channels are the last axis."""
    named = {"layer_norm": ("axes", (-1,)), "dense": ("axis", -1)}
    return {**layer.attributes, **dict([named[layer.kind]] if layer.kind in named else [])}
