"""Layers that pass their input on unchanged go: identities, Flatten, Reshape or padding of nothing, idle stops.

A stop of gradients is idle where nothing that could be trained comes before it.
"""

from parity.graph import Census, Evidence, Layer, LayerGraph, Shape
from parity.passes._rewrite import rewrite

FLAT = 2
STOP = "gradient_stop"
LEARNED = {Census.TRAINABLE, Census.UNKNOWN}


def drop_identities(graph: LayerGraph) -> LayerGraph:
    """Let the input of every identity stand for its output."""
    trained = _trained(graph)
    found = [layer for layer in graph.layers if _changes_nothing(graph, layer) or _is_idle(layer, trained)]
    aliases = {layer.outputs[0]: layer.inputs[0] for layer in found if layer.outputs}
    return rewrite(graph, aliases=aliases, dropped={layer.path for layer in found})


def _trained(graph: LayerGraph) -> set[str]:
    """The values that depend on weights which training changes, where it matters."""
    if not any(layer.kind == STOP for layer in graph.layers):
        return set()
    found: set[str] = set()
    for layer in graph.layers:
        if found.intersection(layer.inputs) or any(weight.census in LEARNED for weight in layer.weights):
            found.update(layer.outputs)
    return found


def _is_idle(layer: Layer, trained: set[str]) -> bool:
    return layer.kind == STOP and len(layer.outputs) == 1 and not trained.intersection(layer.inputs)


def _changes_nothing(graph: LayerGraph, layer: Layer) -> bool:
    if layer.kind == "identity" and graph.evidence is not Evidence.GRAPH:
        return not layer.weights
    if layer.weights or len(layer.outputs) != 1 or not layer.inputs:
        return False
    if layer.kind == "identity" or (
        layer.kind == "concat" and len(layer.inputs) == 1 and not layer.attributes.get("operands")
    ):
        return True
    if layer.kind == "pad":
        return len(layer.inputs) == 1 and not any(map(any, layer.attributes["amounts"]))
    if layer.kind not in {"flatten", "reshape", "permute", "expand"} or len(layer.inputs) != 1:
        return False
    before, after = graph.shape(layer.inputs[0]), graph.shape(layer.outputs[0])
    return before is not None and after is not None and _same(layer, before, after)


def _same(layer: Layer, before: Shape, after: Shape) -> bool:
    if layer.kind == "flatten":
        return len(before) == FLAT
    if layer.kind == "permute":
        return bool(layer.attributes["order"] == tuple(range(len(before))))
    return before == after and all(isinstance(size, int) for size in before[1:])
