"""Normalisations in the form that TensorFlow computes are put together again: layer norm and group norm.

``x * s + (beta - mean * s)`` with ``s = gamma / sqrt(variance + epsilon)``, where mean and variance are taken of ``x``
over its last axis, or over all but the axis of the groups of a reshaped ``x``.
"""

from dataclasses import dataclass, replace

from parity.graph import Layer, LayerGraph, Shape, Weight
from parity.passes._patterns import between, made_by, stands_for, with_number
from parity.passes._rewrite import only_consumer, rewrite
from parity.passes.arithmetic.recompose_norms import root_of

PAIR = 2


@dataclass(frozen=True)
class _Norm:
    """What is normalised, over which axes from the front, and how it is scaled and shifted."""

    value: str
    axes: tuple[int, ...]
    epsilon: float
    gamma: Layer | None
    beta: Layer | None


@dataclass(frozen=True)
class _Whole:
    """A layer that stands for a normalisation: what it is made of, and the last of those."""

    made: Layer
    last: Layer
    parts: tuple[Layer, ...]


def recompose_scaled_norms(graph: LayerGraph) -> LayerGraph:
    """Let one layer stand for the sum."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    roles: dict[str, Weight] = {}
    for layer in graph.layers:
        norm = _norm(graph, layer)
        found = (_layer_norm(graph, layer, norm) or _group_norm(graph, layer, norm)) if norm is not None else None
        if norm is None or found is None:
            continue
        parts = (*found.parts, *between(graph, layer, norm.value))
        note = f"{len(parts)} operators that are {found.made.kind.replace('_', ' ')}"
        replaced[found.last.path] = stands_for(found.made, parts, note)
        dropped |= {part.path for part in parts if part.weights or part.path == layer.path}
        dropped.discard(found.last.path)
        roles |= {weight.name: weight for weight in found.made.weights}
    done = rewrite(graph, replaced=replaced, dropped=dropped)
    if done is graph:
        return graph
    return replace(done, weights=tuple(roles.get(weight.name, weight) for weight in graph.weights))


def _norm(graph: LayerGraph, layer: Layer) -> _Norm | None:
    if not _computes(layer, "add", PAIR):
        return None
    for scaled, shift in (layer.inputs, layer.inputs[::-1]):
        product = made_by(graph, scaled, "elementwise", "multiply")
        for value, scale in (product.inputs, product.inputs[::-1]) if product and len(product.inputs) == PAIR else ():
            found = _of(graph, value, scale, shift)
            if found is not None:
                return found
    return None


def _of(graph: LayerGraph, value: str, scale: str, shift: str) -> _Norm | None:
    gamma = _stored(graph, scale, "multiply")
    inner = root_of(graph, gamma.inputs[0] if gamma is not None else scale, inverse=True)
    spread = with_number(graph, inner, "add") if inner is not None else None
    moments = _moments(graph, spread[0], value) if spread is not None else None
    if spread is None or moments is None:
        return None
    mean, axes = moments
    beta = _stored(graph, shift, "add")
    rest = beta.inputs[0] if beta is not None else shift
    return _Norm(value, axes, spread[1], gamma, beta) if _is_minus(graph, rest, mean, scale) else None


def _stored(graph: LayerGraph, value: str, function: str) -> Layer | None:
    """The layer that multiplies or adds something stored to give a value."""
    layer = graph.producers.get(value)
    fits = layer is not None and _computes(layer, function, 1) and layer.weight("operand") is not None
    return layer if fits else None


def _computes(layer: Layer, function: str, inputs: int) -> bool:
    plain = layer.kind == "elementwise" and layer.attributes.get("function") == function
    return plain and len(layer.inputs) == inputs and bool(layer.weights) is (inputs == 1)


def _is_minus(graph: LayerGraph, value: str, mean: str, scale: str) -> bool:
    """Whether a value is ``-mean * scale``, with the sign before the product or after it."""
    outer = made_by(graph, value, "elementwise", "negative")
    product = made_by(graph, outer.inputs[0] if outer is not None else value, "elementwise", "multiply")
    if product is None or len(product.inputs) != PAIR or scale not in product.inputs:
        return False
    other = product.inputs[1 - product.inputs.index(scale)]
    inner = made_by(graph, other, "elementwise", "negative")
    signs = (outer is not None) + (inner is not None)
    return signs == 1 and (inner.inputs[0] if inner is not None else other) == mean


def _moments(graph: LayerGraph, variance: str, value: str) -> tuple[str, tuple[int, ...]] | None:
    """The mean of a value, and the axes of it, if another is the variance that belongs to it."""
    difference = made_by(graph, variance, "elementwise", "subtract")
    if difference is not None and len(difference.inputs) == PAIR:
        return _mean_of_squares(graph, difference.inputs[0], difference.inputs[1], value)
    squares = _mean(graph, variance)
    product = graph.producers.get(squares[0]) if squares is not None else None
    if squares is None or product is None or not product.inputs:
        return None
    twice = _computes(product, "multiply", PAIR) and product.inputs[0] == product.inputs[1]
    if not twice and with_number(graph, squares[0], "power") != (product.inputs[0], 2.0):
        return None
    centred = graph.producers.get(product.inputs[0])
    if centred is None or not _computes(centred, "subtract", PAIR) or centred.inputs[0] != value:
        return None
    mean = centred.inputs[1]
    return (mean, squares[1]) if _mean(graph, mean) == (value, squares[1]) else None


def _mean_of_squares(graph: LayerGraph, first: str, second: str, value: str) -> tuple[str, tuple[int, ...]] | None:
    """The mean and the axes where a variance is the mean of the squares less the square of the mean."""
    squares, mean = _mean(graph, first), _squared(graph, second)
    if squares is None or mean is None or _squared(graph, squares[0]) != value:
        return None
    return (mean, squares[1]) if _mean(graph, mean) == (value, squares[1]) else None


def _squared(graph: LayerGraph, value: str) -> str | None:
    """What a value is the square of."""
    power = with_number(graph, value, "power")
    if power is not None:
        return power[0] if power[1] == 2.0 else None  # noqa: PLR2004
    product = made_by(graph, value, "elementwise", "multiply")
    return product.inputs[0] if product is not None and len(set(product.inputs)) == 1 < len(product.inputs) else None


def _mean(graph: LayerGraph, value: str) -> tuple[str, tuple[int, ...]] | None:
    """What a value is the mean of, and along which axes, that it keeps."""
    layer = graph.producers.get(value)
    shape = graph.shape(layer.inputs[0]) if layer is not None and layer.inputs else None
    if layer is None or shape is None or not layer.attributes.get("keepdims"):
        return None
    if layer.kind == "reduce" and layer.attributes["function"] == "mean" and layer.attributes["axes"]:
        return layer.inputs[0], tuple(sorted(axis % len(shape) for axis in layer.attributes["axes"]))
    if layer.kind == "global_average_pool":
        first = layer.attributes["data_format"] == "channels_first"
        return layer.inputs[0], tuple(range(2, len(shape)) if first else range(1, len(shape) - 1))
    return None


def _layer_norm(graph: LayerGraph, layer: Layer, norm: _Norm) -> _Whole | None:
    shape = graph.shape(norm.value) or ()
    weights = _vectors(norm, shape[-1:])
    if norm.axes != (len(shape) - 1,) or weights is None:
        return None
    features = weights[0].shape if weights else None
    attributes = {"epsilon": norm.epsilon, "axes": (-1,), "centred": True, "layout": "c", "features": features}
    made = replace(layer, kind="layer_norm", attributes=attributes, inputs=(norm.value,), weights=weights)
    return _Whole(made, layer, ())


def _group_norm(graph: LayerGraph, layer: Layer, norm: _Norm) -> _Whole | None:
    before, after = graph.producers.get(norm.value), only_consumer(graph, layer.outputs[0])
    if before is None or after is None or {before.kind, after.kind} != {"reshape"} or before.weights or after.weights:
        return None
    shape, groups = graph.shape(before.inputs[0]), graph.shape(norm.value)
    back = graph.shape(after.outputs[0])
    if shape is None or groups is None or back is None or len(groups) != len(shape) + 1:
        return None
    # The first size follows from the others, all of which are known.
    if shape[1:] != back[1:] or not all(isinstance(size, int) for size in (*shape[1:], *groups[1:])):
        return None
    for axis in (len(shape) - 1, 1):
        count, each = groups[axis : axis + 2]
        whole = isinstance(count, int) and isinstance(each, int) and count * each == shape[axis]
        others = tuple(at for at in range(1, len(groups)) if at != axis)
        sizes = (count, each, *(1,) * (len(groups) - axis - 2))
        weights = _vectors(norm, sizes)
        split = (*shape[1:axis], count, each, *shape[axis + 1 :])
        if not whole or split != groups[1:] or norm.axes != others:
            continue
        if weights is None:
            return None
        attributes = {"groups": count, "epsilon": norm.epsilon, "axis": axis, "rank": len(shape)}
        attributes["features"] = shape[axis]
        made = replace(
            after, kind="group_norm", attributes=attributes, inputs=before.inputs, weights=weights, op=layer.op
        )
        return _Whole(made, after, (after, before))
    return None


def _vectors(norm: _Norm, sizes: Shape) -> tuple[Weight, ...] | None:
    """Gamma and beta, if both run along axes of these sizes at the end, and have one element along the rest."""
    found = []
    for role, layer in (("gamma", norm.gamma), ("beta", norm.beta)):
        weight = layer.weight("operand") if layer is not None else None
        if layer is None or weight is None:
            continue
        (stored,) = layer.attributes.get("operand_shapes", (weight.shape,))
        rest = len(stored) - len(sizes)
        if rest < 0 or set(stored[:rest]) - {1} or stored[rest:] != sizes:
            return None
        found.append(replace(weight, role=role, axes="c", shape=(weight.numel,)))
    return tuple(found)
