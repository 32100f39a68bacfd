"""ONNX's ReverseSequence flips whole sequences if each length is that of the axis: so TensorFlow exports it."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.passes._patterns import stands_for
from parity.passes._rewrite import rewrite

OPERATOR = "onnx.ReverseSequence"


def flip_sequences(graph: LayerGraph) -> LayerGraph:
    """Let a slice with a stride of -1 stand for each of them."""
    replaced: dict[str, Layer] = {}
    for layer in graph.layers:
        if layer.attributes.get("operator") != OPERATOR or not layer.inputs or len(layer.outputs) != 1:
            continue
        shape, settings = graph.shape(layer.inputs[0]), layer.attributes["settings"]
        axis = settings.get("time_axis", 0)
        size = shape[axis] if shape is not None and type(axis) is int and 0 <= axis < len(shape) else None
        lengths, makers = _lengths(graph, layer)
        if not isinstance(size, int) or lengths != {size}:
            continue
        attributes = {"axes": (axis,), "bounds": ((None, None, -1),)}
        made = replace(layer, kind="slice", attributes=attributes, inputs=layer.inputs[:1], weights=())
        replaced[layer.path] = stands_for(made, makers, f"{layer.source} flips whole sequences")
    return rewrite(graph, replaced=replaced)


def _lengths(graph: LayerGraph, layer: Layer) -> tuple[set[float], tuple[Layer, ...]]:
    """The lengths up to which sequences are turned, and the layers that make them; none where they are not known."""
    if layer.weights:
        (lengths, *more) = layer.weights
        known = lengths.numbers is not None and not more and len(layer.inputs) == 1
        return ({*map(float, lengths.numbers or ())}, ()) if known else (set(), ())
    maker = graph.producers.get(layer.inputs[1]) if len(layer.inputs) > 1 else None
    if maker is None or maker.inputs or maker.kind not in {"fill", "constant"}:
        return set(), ()
    numbers = (maker.attributes["value"],) if maker.kind == "fill" else maker.attributes["numbers"]
    return {*map(float, numbers)}, (maker,)
