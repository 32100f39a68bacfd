"""What is not equal is said in one word: ONNX has no operator for it; what is negated twice is what it was."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.graph.provenance import fuse
from parity.passes._patterns import defining_op
from parity.passes._rewrite import only_consumer, rewrite

NEGATED = {"equal": "not_equal", "not_equal": "equal"}
INVOLUTIONS = {"negative", "logical_not", "bitwise_not"}
"""Functions that undo themselves, to the last bit."""
ORDERED = {"less": "greater_equal", "greater": "less_equal", "less_equal": "greater", "greater_equal": "less"}
"""Opposites for whole numbers; what is no number is neither less nor greater."""


def fuse_negations(graph: LayerGraph) -> LayerGraph:
    """Let one comparison stand for the negation of its opposite, and a value for its negation's."""
    replaced: dict[str, Layer] = {}
    aliases: dict[str, str] = {}
    for layer in graph.layers:
        if (undone := _undone(graph, layer)) is not None:
            aliases[layer.outputs[0]] = aliases.get(undone, undone)
            continue
        plain = layer.kind == "elementwise" and layer.attributes.get("function") == "logical_not"
        inner = _inner(graph, layer.inputs[0]) if plain and len(layer.inputs) == 1 else None
        opposite = _opposite(graph, inner) if inner is not None else None
        if inner is None or opposite is None:
            continue
        attributes = {**inner.attributes, "function": opposite}
        made = replace(layer, attributes=attributes, inputs=inner.inputs, weights=inner.weights)
        replaced[layer.path] = fuse(made, (inner,), f"{layer.source} negates {inner.source}")
    return rewrite(graph, replaced=replaced, aliases=aliases)


def _inner(graph: LayerGraph, value: str) -> Layer | None:
    """The function of single elements that makes a value, which may be one of stored numbers and of nobody else's."""
    found = graph.producers.get(value)
    if found is None or found.kind != "elementwise":
        return None
    return found if not found.weights or only_consumer(graph, value) is not None else None


def _undone(graph: LayerGraph, layer: Layer) -> str | None:
    """The value that a layer gives back, since it undoes what made its input; None for any other layer."""
    function = layer.attributes.get("function")
    if layer.kind != "elementwise" or function not in INVOLUTIONS or len(layer.inputs) != 1:
        return None
    inner = defining_op(graph, layer.inputs[0], "elementwise", function)
    if inner is None or len(inner.inputs) != 1:
        return None
    first, last = (graph.values.get(value) for value in (inner.inputs[0], layer.outputs[0]))
    same = first is not None and last is not None and first.dtype == last.dtype
    return inner.inputs[0] if same else None  # numbers are made truth values by what negates them


def _opposite(graph: LayerGraph, layer: Layer) -> str | None:
    function = str(layer.attributes.get("function"))
    found = [graph.values.get(value) for value in layer.inputs]
    whole = all(value is not None and (value.dtype or "").startswith(("int", "uint", "bool")) for value in found)
    return NEGATED.get(function) or (ORDERED.get(function) if whole else None)
