"""Layers without weights whose outputs nobody uses go: states that a recurrent layer returns and the model ignores."""

from parity.graph import LayerGraph
from parity.passes._rewrite import rewrite

STRUCTURAL = {"fill", "stack_axis", "concat", "select", "reshape", "permute", "identity"}


def drop_dead(graph: LayerGraph) -> LayerGraph:
    """Drop what has no effect, from the outputs backwards."""
    live = set(graph.outputs)
    dropped = set()
    for layer in reversed(graph.layers):
        if layer.kind in STRUCTURAL and not layer.weights and layer.outputs and not live.intersection(layer.outputs):
            dropped.add(layer.path)
        else:
            live.update(layer.inputs)
    return rewrite(graph, dropped=dropped)
