"""A number that queries or keys are multiplied by is a factor of the scale of their attention.

Keras' layers multiply the query, PyTorch's the scores; only moves of axes stand between it and the attention.
"""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.passes._patterns import number
from parity.passes._rewrite import merge_notes, only_consumer, rewrite

MOVES = {"reshape", "permute", "stack_axis"}
"""Kinds that change no element."""

QUERY_AND_KEY = slice(0, 2)
SCALED = {"multiply": lambda scale, factor: scale * factor, "divide": lambda scale, factor: scale / factor}


def fuse_attention_scale(graph: LayerGraph) -> LayerGraph:
    """Take the factors of queries and keys into the scale."""
    replaced, aliases, dropped = {}, {}, set()
    for layer in graph.layers:
        if layer.kind != "attention" or not isinstance(layer.attributes.get("scale"), float):
            continue
        if layer.attributes.get("score") != "dot":
            continue
        made = layer
        for value in dict.fromkeys(layer.inputs[QUERY_AND_KEY]):
            step, factor = _factor(graph, value) if layer.inputs.count(value) == 1 else (None, None)
            if step is None or factor is None or step.path in dropped:
                continue
            scale = SCALED[step.attributes["function"]](made.attributes["scale"], factor)
            notes = merge_notes(made, step, f"{step.source} scales its scores")
            made = replace(made, attributes={**made.attributes, "scale": scale}, notes=notes)
            aliases[step.outputs[0]] = step.inputs[0]
            dropped.add(step.path)
        if made is not layer:
            replaced[layer.path] = made
    return rewrite(graph, replaced=replaced, aliases=aliases, dropped=dropped)


def _factor(graph: LayerGraph, value: str) -> tuple[Layer | None, float | None]:
    """The product with a number that a value comes of, for this value alone, and the number."""
    while only_consumer(graph, value) is not None:
        step = graph.producers.get(value)
        if step is None or step.weights or len(step.inputs) != 1:
            break
        if step.kind == "elementwise" and step.attributes.get("function") in SCALED:
            factor, same = number(step), graph.shape(step.inputs[0]) == graph.shape(value)
            return (step, factor) if factor and same else (None, None)
        if step.kind not in MOVES:
            break
        value = step.inputs[0]
    return None, None
