"""A parametric ReLU that TensorFlow writes as relu(x) + alpha * relu(-x) is put together again.

What is stored as the factor is the slope with the opposite sign.
"""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.kinds import slopes
from parity.passes._patterns import between, made_by, stands_for
from parity.passes._rewrite import rewrite

PAIR = 2


def recompose_prelu(graph: LayerGraph) -> LayerGraph:
    """Let one layer stand for the sum, with what it multiplies by as its weight."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in graph.layers:
        slope = _slope(graph, layer)
        value = _negative_part(graph, slope) if slope is not None else None
        if slope is None or value is None:
            continue
        (operand,) = slope.weights
        attributes, layout = slopes(operand.shape)
        if len(operand.shape) == 1:
            attributes["axes"] = (slope.attributes["operand_axis"],) if operand.shape != (1,) else ()
        weights = (replace(operand, role="alpha", axes=layout, factor=-operand.factor),)
        made = replace(layer, kind="prelu", attributes=attributes, inputs=(value,), weights=weights)
        parts = between(graph, layer, value)
        replaced[layer.path] = stands_for(
            made, parts, f"{len(parts)} operators that are prelu, its slope with the sign changed"
        )
        dropped |= {part.path for part in parts if part is not layer}
    return rewrite(graph, replaced=replaced, dropped=dropped - _used_elsewhere(graph, dropped, replaced))


def _used_elsewhere(graph: LayerGraph, dropped: set[str], replaced: dict[str, Layer]) -> set[str]:
    """The layers that others need too, and what these need of the rest."""
    kept: set[str] = set()
    for layer in reversed(graph.layers):
        users = [user for value in layer.outputs for user in graph.consumers.get(value, ())]
        needed = any(user.path not in replaced and (user.path not in dropped or user.path in kept) for user in users)
        if layer.path in dropped and (needed or any(value in graph.outputs for value in layer.outputs)):
            kept.add(layer.path)
    return kept


def _slope(graph: LayerGraph, layer: Layer) -> Layer | None:
    """The product with a stored tensor among the two terms of a sum."""
    adds = layer.kind == "elementwise" and layer.attributes.get("function") == "add" and len(layer.inputs) == PAIR
    for at, value in enumerate(layer.inputs if adds else ()):
        found = graph.producers.get(value)
        other = made_by(graph, layer.inputs[1 - at], "activation", "relu")
        single = found is not None and len(found.weights) == len(found.inputs) == 1 and found.kind == "elementwise"
        if found is None or not single or other is None or found.attributes.get("function") != "multiply":
            continue
        return found if _negative_part(graph, found) == other.inputs[0] else None
    return None


def _negative_part(graph: LayerGraph, slope: Layer) -> str | None:
    """The value ``x`` where ``relu(-x)`` is multiplied."""
    positive = made_by(graph, slope.inputs[0], "activation", "relu")
    negated = made_by(graph, positive.inputs[0], "elementwise", "negative") if positive is not None else None
    return negated.inputs[0] if negated is not None else None
