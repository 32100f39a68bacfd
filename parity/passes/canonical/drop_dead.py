"""Layers whose outputs nobody uses go: states that a model ignores, arithmetic on shapes, calls that have no effect.

One with weights stays where no other layer has these.
"""

from parity.graph import LayerGraph
from parity.passes._copies import original, without_copies
from parity.passes._rewrite import rewrite


def drop_dead(graph: LayerGraph) -> LayerGraph:
    """Drop what has no effect, from the outputs backwards."""
    held = _held(graph)
    live = set(graph.outputs)
    dropped = set()
    for layer in reversed(graph.layers):
        spent = layer.outputs and not live.intersection(layer.outputs)
        if spent and layer.kind != "input" and all(original(weight) in held for weight in layer.weights):
            dropped.add(layer.path)
        else:
            live.update(layer.inputs)
    done = rewrite(graph, dropped=dropped)
    return done if done is graph else without_copies(done)


def _held(graph: LayerGraph) -> set[str]:
    """The weights of the layers that lead to an output."""
    live = set(graph.outputs)
    held: set[str] = set()
    for layer in reversed(graph.layers):
        if live.intersection(layer.outputs):
            live.update(layer.inputs)
            held.update(map(original, layer.weights))
    return held
