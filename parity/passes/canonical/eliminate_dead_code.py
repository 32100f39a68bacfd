"""Layers whose outputs nobody uses go: states that a model ignores, arithmetic on shapes, calls that have no effect.

Weights that no other layer has stay, as weights that nothing uses: what would be done with them is nobody's concern.
"""

from dataclasses import replace

from parity.graph import LayerGraph
from parity.passes._copies import original, without_copies
from parity.passes._rewrite import rewrite

UNUSED = "unused"
"""The kind of layers that hold weights which no call uses."""


def eliminate_dead_code(graph: LayerGraph) -> LayerGraph:
    """Drop what has no effect, from the outputs backwards."""
    held = _held(graph)
    live = set(graph.outputs)
    dropped = set()
    replaced = {}
    for layer in reversed(graph.layers):
        spent = layer.outputs and layer.kind != "input" and not live.intersection(layer.outputs)
        if not spent:
            live.update(layer.inputs)
        elif all(original(weight) in held for weight in layer.weights):
            dropped.add(layer.path)
        else:
            replaced[layer.path] = replace(layer, kind=UNUSED, attributes={}, inputs=(), outputs=())
    done = rewrite(graph, dropped=dropped, replaced=replaced)
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
