"""Numbers that are added to what a softmax is taken of, and only block, count for what they let through."""

from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph
from parity.graph.diagonals import Diagonals
from parity.kinds import marked_mask, scores_pattern
from parity.passes._rewrite import rewrite

SOFTMAX = {"softmax", "log_softmax"}
PASSED = {"cast", "dropout", "expand", "identity", "permute", "reshape", "stack_axis", "tile"}
"""Kinds after which scores are scores still, and sums."""


def mark_masks(graph: LayerGraph) -> LayerGraph:
    """Put what a mask lets through in the place of its numbers."""
    if not any(_is_softmax(layer) for layer in graph.layers):
        return graph
    replaced = {}
    for layer in graph.layers:
        pattern = _pattern(layer) if _adds_numbers(layer) and _are_scores(graph, layer) else None
        if pattern is not None:
            replaced[layer.path] = replace(layer, attributes=marked_mask(pattern, layer.attributes["operand"]))
    return rewrite(graph, replaced=replaced)


def _is_softmax(layer: Layer) -> bool:
    return layer.kind == "activation" and layer.attributes.get("function") in SOFTMAX


def _adds_numbers(layer: Layer) -> bool:
    one = len(layer.inputs) == len(layer.outputs) == 1 and not layer.weights
    added = layer.kind == "elementwise" and layer.attributes["function"] == "add"
    return one and added and isinstance(layer.attributes.get("operand"), tuple | Diagonals)


def _are_scores(graph: LayerGraph, layer: Layer) -> bool:
    """Whether nothing but a softmax is made of what comes out."""
    waiting = list(layer.outputs)
    while waiting:
        value = waiting.pop()
        users = graph.consumers.get(value, ())
        if not users or value in graph.outputs:
            return False
        for user in users:
            if not _is_softmax(user):
                added = user.kind == "elementwise" and user.attributes["function"] == "add"
                if not added and user.kind not in PASSED:
                    return False
                waiting += user.outputs
    return True


def _pattern(layer: Layer) -> Any:
    import numpy as np

    array = np.asarray(layer.attributes["operand"])
    row = array.ndim == 1 and layer.attributes.get("operand_axis") == -1
    return scores_pattern(array) if (row or array.ndim >= 2) and array.dtype.kind == "f" else None
