"""A mask of attention that a model computes of numbers alone is fixed: it lets all through, or is the causal one."""

from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Note, Undone
from parity.kinds import ALL, CAUSAL, mask_pattern, scores_pattern
from parity.passes._known import known, numbers
from parity.passes._rewrite import rewrite


def resolve_masks(graph: LayerGraph) -> LayerGraph:
    """Let the settings of an attention say what a fixed mask lets through, be it computed or stored."""
    replaced = {}
    arrays = known(graph) if any(layer.kind == "attention" for layer in graph.layers) else {}
    for layer in graph.layers:
        if layer.kind != "attention" or layer.attributes["causal"]:
            continue
        stored = layer.weight("bias") if len(layer.inputs) < 4 else None
        array = arrays.get(layer.inputs[-1]) if len(layer.inputs) == 4 else stored and numbers(stored)
        found = _pattern(layer, array) if array is not None else None
        if found is None:
            continue
        settings = {"mask": None if found in {ALL, CAUSAL} else found, "causal": found == CAUSAL}
        note = Note(Undone.MASK, f"its mask is fixed: {found}")
        replaced[layer.path] = replace(
            layer,
            attributes={**layer.attributes, **settings},
            inputs=layer.inputs[:3],
            weights=tuple(each for each in layer.weights if each is not stored),
            notes=(*layer.notes, note),
        )
    return rewrite(graph, replaced=replaced)


def _pattern(layer: Layer, array: Any) -> str | None:
    if layer.attributes["mask"] == "attends":
        return mask_pattern(array) if array.dtype == bool else None
    return scores_pattern(array) if array.dtype.kind == "f" else None
