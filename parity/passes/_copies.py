"""Tensors that an exporter has stored again, or computed of others, and that no layer needs any more."""

from collections.abc import Collection
from dataclasses import replace

from parity.graph import Census, LayerGraph, Weight


def original(weight: Weight) -> str:
    """Where the elements are stored first."""
    return weight.repeats or weight.storage


def without_copies(graph: LayerGraph, computed: Collection[str] = ()) -> LayerGraph:
    """The graph whose spare copies, and what is computed of zeros and stored at these places, are no weights.

    A tensor that a layer still uses stays one.
    """
    used = {weight.storage for layer in graph.layers for weight in layer.weights}
    held = {original(weight) for layer in graph.layers for weight in layer.weights}
    copied = {original(weight) for weight in graph.weights if weight.repeats}

    def is_spare(weight: Weight) -> bool:
        if weight.storage in used or not weight.presumed:
            return False
        return weight.storage in computed or (original(weight) in held & copied)

    if not any(map(is_spare, graph.weights)):
        return graph
    weights = (
        replace(each, census=Census.CONSTANT, presumed=False) if is_spare(each) else each for each in graph.weights
    )
    return replace(graph, weights=tuple(weights))
