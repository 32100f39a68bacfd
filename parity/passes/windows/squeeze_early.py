"""Layers after a global pooling that work on channels alone do so without the axes of one element.

What works on channels does the same with and without these axes: Keras pools to channels and normalises them, others
keep the axes of an image for that and flatten what comes out. Squeeze-and-excitation (Hu et al. 2018) has dense layers
in one port and convolutions of one pixel in another, and gives what it makes the axes of the image that it is for.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from parity.graph import Layer, LayerGraph, Shape, Value
from parity.kinds import reshaped
from parity.passes._rewrite import only_consumer, rewrite

DROPS = frozenset(("flatten", "reshape"))


@dataclass
class _Changes:
    """What is to be rewritten."""

    replaced: dict[str, Layer] = field(default_factory=dict)
    after: dict[str, tuple[Layer, ...]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    values: dict[str, Value] = field(default_factory=dict)


def squeeze_early(graph: LayerGraph) -> LayerGraph:
    """Put the Flatten of each such chain behind its pooling, or the last convolution of what that leaves.

    A chain with a dense layer that keeps the axes to its end has them behind its last layer.
    """
    made = _Changes()
    for pool in graph.layers:
        if len(pool.outputs) == 1 and _ends_images(graph, pool):
            chain, flatten = _chain(graph, pool)
            if flatten is not None and chain:
                _drop_before(graph, pool, chain, flatten, made)
            elif pool.kind != "conv" and any(layer.kind == "dense" for layer in chain):
                _add_behind(graph, pool, chain, made)
    return rewrite(
        graph,
        replaced=made.replaced,
        after=made.after,
        aliases=made.aliases,
        dropped=made.dropped,
        values=made.values,
    )


def _drop_before(graph: LayerGraph, pool: Layer, chain: list[Layer], flatten: Layer, made: _Changes) -> None:
    """Drop the axes of one element before a chain, where what drops them behind it is."""
    (end,), (value,) = flatten.outputs, pool.outputs
    flat = f"{value}:flat"
    made.after[pool.path] = (replace(flatten, inputs=(value,), outputs=(flat,)),)
    made.dropped.add(flatten.path)
    made.aliases[end] = chain[-1].outputs[0]
    made.values[flat] = replace(graph.values[value], shape=_flat(graph.shape(value)), axes=None)
    _narrow(graph, chain, flat, made)


def _add_behind(graph: LayerGraph, pool: Layer, chain: list[Layer], made: _Changes) -> None:
    """Have a pooling drop its axes of one element, and the last layer of a chain followed by one that adds them."""
    (value,), last = pool.outputs, chain[-1]
    (end,), flat = last.outputs, f"{last.outputs[0]}:flat"
    made.replaced[pool.path] = replace(pool, attributes={**pool.attributes, "keepdims": False})
    made.values[value] = replace(graph.values[value], shape=_flat(graph.shape(value)), axes=None)
    _narrow(graph, chain, value, made)
    made.replaced[last.path] = replace(made.replaced[last.path], outputs=(flat,))
    made.values[flat], shape = made.values.pop(end), graph.shape(end) or ()
    made.after[last.path] = (
        Layer(
            path=f"{last.path}:axes",
            kind="reshape",
            attributes=reshaped(_flat(shape) or (), shape),
            inputs=(flat,),
            outputs=(end,),
            sources=last.sources,
        ),
    )


def _narrow(graph: LayerGraph, chain: list[Layer], flat: str, made: _Changes) -> None:
    """Let the layers of a chain work on channels alone."""
    for layer in chain:
        inputs = (flat,) if layer is chain[0] else layer.inputs
        made.replaced[layer.path] = replace(layer, attributes=_on_channels(layer), inputs=inputs)
        value = graph.values[layer.outputs[0]]
        made.values[layer.outputs[0]] = replace(value, shape=_flat(value.shape), axes=None)


def _ends_images(graph: LayerGraph, layer: Layer) -> bool:
    """Whether a layer pools whole images, or is a convolution of what has been pooled."""
    pooled = layer.kind == "conv" and len(layer.inputs) == 1 and _flat(graph.shape(layer.inputs[0])) is not None
    return layer.kind.startswith("global_") or pooled


def _chain(graph: LayerGraph, pool: Layer) -> tuple[list[Layer], Layer | None]:
    """The layers on channels after a pooling, one after the other; and what drops the axes behind them, or none."""
    chain: list[Layer] = []
    shape, layer = graph.shape(pool.outputs[0]), only_consumer(graph, pool.outputs[0])
    while layer is not None and len(layer.outputs) == 1 and _flat(shape) is not None:
        if layer.kind in DROPS and not layer.weights:
            return chain, layer if graph.shape(layer.outputs[0]) == _flat(shape) else None
        if not _works_on_channels(layer, shape or ()):
            break
        chain.append(layer)
        shape, layer = graph.shape(layer.outputs[0]), only_consumer(graph, layer.outputs[0])
    return chain, None


def _flat(shape: Shape | None) -> Shape | None:
    """The batch and the channels of a shape whose other axes are of one element; None for any other."""
    if shape is None or len(shape) <= 2:
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
