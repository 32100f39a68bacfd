"""What phases require and ensure, as functions that name the layers which break it."""

from collections.abc import Callable, Iterator

from parity.graph import LayerGraph

Condition = Callable[[LayerGraph], Iterator[str]]


def no_identities(graph: LayerGraph) -> Iterator[str]:
    """No layer only hands on what it is given."""
    return (layer.path for layer in graph.layers if layer.kind == "identity" and len(layer.inputs) == 1)


def nothing_dead(graph: LayerGraph) -> Iterator[str]:
    """Every layer without weights leads to an output of the model."""
    live = set(graph.outputs)
    for layer in reversed(graph.layers):
        if layer.kind != "input" and layer.outputs and not layer.weights and not live.intersection(layer.outputs):
            yield layer.path
        live.update(layer.inputs)


def axes_are_named(graph: LayerGraph) -> Iterator[str]:
    """Every input of the model that has a shape has a name, or None, for each of its axes."""
    for value in graph.inputs:
        found = graph.values[value]
        if found.shape is not None and (found.axes is None or len(found.axes) != len(found.shape)):
            yield value
