"""A mask that nothing downstream looks at changes nothing."""

from dataclasses import replace

from parity.graph import LayerGraph
from parity.kinds import hands_on
from parity.passes._rewrite import rewrite

INDIFFERENT = {
    "activation",
    "average_pool",
    "concat",
    "conv",
    "conv_transpose",
    "dense",
    "dropout",
    "elementwise",
    "flatten",
    "global_max_pool",
    "glu",
    "layer_norm",
    "max_pool",
    "prelu",
    "rms_norm",
    "unit_norm",
}
"""Kinds whose output a mask does not change; recurrent layers, averages over time and unknown ones may look at it."""


def eliminate_redundant_masks(graph: LayerGraph) -> LayerGraph:
    """Say of an embedding that it masks zeros only where a layer after it can tell."""
    replaced = {}
    for layer in graph.layers:
        if layer.kind == "embedding" and layer.attributes["mask_zero"] and not _is_seen(graph, layer.outputs):
            replaced[layer.path] = replace(layer, attributes={**layer.attributes, "mask_zero": False})
    return rewrite(graph, replaced=replaced)


def _is_seen(graph: LayerGraph, values: tuple[str, ...]) -> bool:
    """Whether a layer that masks matter to can be reached from values."""
    rest, seen = list(values), set(values)
    while rest:
        for user in graph.consumers.get(rest.pop(), ()):
            if user.kind not in INDIFFERENT:
                return True
            if not hands_on(user):
                continue
            new = [value for value in user.outputs if value not in seen]
            seen.update(new)
            rest.extend(new)
    return False
