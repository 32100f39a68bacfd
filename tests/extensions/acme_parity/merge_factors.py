"""Two products with numbers, one after the other, are one."""

from dataclasses import replace

from parity.extending import Layer, LayerGraph, Pass, joined, merge_notes, only_consumer, rewrite


def merge_factors(graph: LayerGraph) -> LayerGraph:
    """Let the second product have both factors."""
    replaced = {}
    for layer in graph.layers:
        before = graph.producers.get(layer.inputs[0]) if _factor(layer) else None
        if before is None or not _factor(before) or only_consumer(graph, layer.inputs[0]) is not layer:
            continue
        attributes = {"function": "multiply", "operand": _factor(before) * _factor(layer)}
        made = replace(layer, attributes=attributes, inputs=before.inputs, sources=joined(before, layer))
        replaced[layer.path] = replace(made, notes=merge_notes(layer, before, f"{before.source} multiplies, too"))
    return rewrite(graph, replaced=replaced)


def _factor(layer: Layer) -> float:
    """The number that a layer multiplies its only input by; 0 where it does something else."""
    plain = layer.kind == "elementwise" and layer.attributes.keys() == {"function", "operand"} and not layer.weights
    factor = layer.attributes["operand"] if plain and layer.attributes["function"] == "multiply" else 0.0
    return factor if isinstance(factor, float) and len(layer.inputs) == 1 else 0.0


PASS = Pass("arithmetic", merge_factors)
