"""What is not equal is said in one word: ONNX has no operator for it."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.passes._patterns import made_by, stands_for
from parity.passes._rewrite import rewrite

NEGATED = {"equal": "not_equal", "not_equal": "equal"}
ORDERED = {"less": "greater_equal", "greater": "less_equal", "less_equal": "greater", "greater_equal": "less"}
"""Opposites for whole numbers; what is no number is neither less nor greater."""


def merge_negations(graph: LayerGraph) -> LayerGraph:
    """Let one comparison stand for the negation of its opposite."""
    replaced: dict[str, Layer] = {}
    for layer in graph.layers:
        plain = layer.kind == "elementwise" and layer.attributes.get("function") == "logical_not"
        inner = made_by(graph, layer.inputs[0], "elementwise") if plain and len(layer.inputs) == 1 else None
        opposite = _opposite(graph, inner) if inner is not None else None
        if inner is None or opposite is None:
            continue
        made = replace(layer, attributes={**inner.attributes, "function": opposite}, inputs=inner.inputs)
        replaced[layer.path] = stands_for(made, (inner,), f"{layer.source} negates {inner.source}")
    return rewrite(graph, replaced=replaced)


def _opposite(graph: LayerGraph, layer: Layer) -> str | None:
    function = str(layer.attributes.get("function"))
    found = [graph.values.get(value) for value in layer.inputs]
    whole = all(value is not None and (value.dtype or "").startswith(("int", "uint", "bool")) for value in found)
    return NEGATED.get(function) or (ORDERED.get(function) if whole else None)
