"""Layers without weights whose outputs nobody uses go: states that a model ignores, arithmetic on shapes."""

from parity.graph import LayerGraph
from parity.passes._rewrite import rewrite


def drop_dead(graph: LayerGraph) -> LayerGraph:
    """Drop what has no effect, from the outputs backwards."""
    live = set(graph.outputs)
    dropped = set()
    for layer in reversed(graph.layers):
        spent = layer.outputs and not layer.weights and not live.intersection(layer.outputs)
        if spent and layer.kind != "input":
            dropped.add(layer.path)
        else:
            live.update(layer.inputs)
    return rewrite(graph, dropped=dropped)
