"""Normalisations over the last axes that are written as arithmetic are put together again: layer norm and RMS norm."""

from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Weight
from parity.passes._patterns import between, made_by, stands_for, with_number
from parity.passes._rewrite import only_consumer, rewrite

PAIR = 2


def recompose_norms(graph: LayerGraph) -> LayerGraph:
    """Let one layer stand for the division by a root of a mean square, and what is multiplied and added after it."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    roles: dict[str, Weight] = {}
    for layer in graph.layers:
        found = _divided(graph, layer)
        if found is None:
            continue
        kind, value, attributes, scale = found
        last, weights, taken = _affine(graph, layer, attributes["axes"], kind, scale)
        parts = (*taken, *between(graph, layer, value))
        shapes = {"layout": "c", "features": weights[0].shape if weights else None}
        made = replace(last, kind=kind, attributes=attributes | shapes, inputs=(value,), weights=weights)
        replaced[last.path] = stands_for(made, parts, f"{len(parts)} operators that are {kind.replace('_', ' ')}")
        dropped |= {each.path for each in (layer, *taken) if each.path != last.path}
        roles |= {weight.name: weight for weight in weights}
    done = rewrite(graph, replaced=replaced, dropped=dropped)
    if done is graph:
        return graph
    return replace(done, weights=tuple(roles.get(weight.name, weight) for weight in graph.weights))


def _divided(graph: LayerGraph, layer: Layer) -> tuple[str, str, dict[str, Any], Layer | None] | None:
    """The kind, the input and the settings of a normalisation that ends in a layer, and what scales its root before."""
    function = layer.attributes.get("function")
    if layer.kind != "elementwise" or layer.weights or len(layer.inputs) != PAIR or layer.attributes.get("operands"):
        return None
    orders = {"multiply": (layer.inputs, layer.inputs[::-1]), "divide": (layer.inputs,)}.get(str(function), ())
    for value, by in orders:
        scale = _scaled(graph, by) if function == "multiply" else None
        inner = root_of(graph, scale.inputs[0] if scale is not None else by, inverse=function == "multiply")
        found = with_number(graph, inner, "add") if inner is not None else None
        axis = _mean_square(graph, found[0], value) if found is not None else None
        if found is None or axis is None:
            continue
        attributes = {"epsilon": found[1], "axes": (axis,)}
        centred = _centred(graph, value, axis)
        if centred is not None:
            return "layer_norm", centred, {**attributes, "centred": True}, scale
        return "rms_norm", value, attributes, scale
    return None


def _scaled(graph: LayerGraph, value: str) -> Layer | None:
    """The layer that multiplies the inverse of a root with gamma first, as TensorFlow does."""
    layer, shape = graph.producers.get(value), graph.shape(value)
    operand = layer.weight("operand") if layer is not None and len(layer.inputs) == 1 else None
    if layer is None or operand is None or shape is None or only_consumer(graph, value) is None:
        return None
    told = layer.kind == "elementwise" and layer.attributes.get("function") == "multiply"
    return layer if told and layer.attributes.get("operand_axis") == -1 and operand.numel == shape[-1] else None


def root_of(graph: LayerGraph, value: str, *, inverse: bool) -> str | None:
    """What a value is the root of, or the inverse of the root."""
    direct = made_by(graph, value, "elementwise", "rsqrt" if inverse else "sqrt")
    if direct is not None:
        return direct.inputs[0]
    outer = made_by(graph, value, "elementwise", "reciprocal") if inverse else None
    inner = made_by(graph, outer.inputs[0], "elementwise", "sqrt") if outer is not None else None
    return inner.inputs[0] if inner is not None else None


def _mean_square(graph: LayerGraph, value: str, of: str) -> int | None:
    """The axis, counted from the end, along which a value is the mean of the squares of another."""
    found = _mean(graph, value)
    if found is None:
        return None
    squared, axis = found
    if with_number(graph, squared, "power") == (of, 2.0):
        return axis
    product = made_by(graph, squared, "elementwise", "multiply")
    return axis if product is not None and product.inputs == (of, of) else None


def _mean(graph: LayerGraph, value: str) -> tuple[str, int] | None:
    """What a value is the mean of along the last axis, which it keeps."""
    layer = graph.producers.get(value)
    shape = graph.shape(layer.inputs[0]) if layer is not None and layer.inputs else None
    if layer is None or shape is None or not layer.attributes.get("keepdims"):
        return None
    axes: tuple[int, ...] | None = None
    if layer.kind == "reduce" and layer.attributes["function"] == "mean":
        axes = layer.attributes["axes"]
    elif layer.kind == "global_average_pool":
        first = layer.attributes["data_format"] == "channels_first"
        axes = tuple(range(2, len(shape))) if first else tuple(range(1, len(shape) - 1))
    return (layer.inputs[0], -1) if axes == (len(shape) - 1,) else None


def _centred(graph: LayerGraph, value: str, axis: int) -> str | None:
    """What a value is the difference of from its mean along an axis."""
    layer = made_by(graph, value, "elementwise", "subtract")
    if layer is None or len(layer.inputs) != PAIR or layer.attributes.get("operand_first"):
        return None
    return layer.inputs[0] if _mean(graph, layer.inputs[1]) == (layer.inputs[0], axis) else None


def _affine(
    graph: LayerGraph, layer: Layer, axes: tuple[int, ...], kind: str, scale: Layer | None
) -> tuple[Layer, tuple[Weight, ...], tuple[Layer, ...]]:
    """The last layer, gamma and beta, and the layers that these are from."""
    last, weights, taken = layer, [], []
    if scale is not None:
        weights.append(replace(scale.weights[0], role="gamma", axes="c", shape=(scale.weights[0].numel,)))
        taken.append(scale)
    steps = [] if scale is not None else [("multiply", "gamma")]
    steps += [("add", "beta")] if kind == "layer_norm" else []
    for function, role in steps:
        after = only_consumer(graph, last.outputs[0])
        operand = after.weight("operand") if after is not None else None
        if after is None or operand is None or not _is_row(graph, after, function, axes[0]):
            break
        weights.append(replace(operand, role=role, axes="c", shape=(operand.numel,)))
        taken.append(after)
        last = after
    return last, tuple(weights), tuple(taken)


def _is_row(graph: LayerGraph, layer: Layer, function: str, axis: int) -> bool:
    """Whether a layer multiplies or adds a stored vector along an axis."""
    shape, operand = graph.shape(layer.inputs[0]) if layer.inputs else None, layer.weight("operand")
    plain = layer.kind == "elementwise" and layer.attributes.get("function") == function and len(layer.inputs) == 1
    along = layer.attributes.get("operand_axis", axis) == axis
    return plain and along and operand is not None and shape is not None and operand.numel == shape[axis]
