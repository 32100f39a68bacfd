"""A mask of attention that a model computes of numbers alone is fixed: it lets all through, or is the causal one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Note, Undone
from parity.kinds import ALL, CAUSAL, added_pattern, mask_pattern
from parity.passes._known import known
from parity.passes._rewrite import rewrite

MASKED = 4
"""Inputs of an attention with a mask."""


def resolve_masks(graph: LayerGraph) -> LayerGraph:
    """Let the settings of an attention say what a fixed mask lets through."""
    replaced = {}
    arrays = known(graph) if any(layer.kind == "attention" for layer in graph.layers) else {}
    for layer in graph.layers:
        if layer.kind != "attention" or len(layer.inputs) != MASKED or layer.attributes["causal"]:
            continue
        found = _pattern(layer, arrays)
        if found is None:
            continue
        settings = {"mask": None if found in {ALL, CAUSAL} else found, "causal": found == CAUSAL}
        note = Note(Undone.MASK, f"its mask is fixed: {found}")
        attributes = {**layer.attributes, **settings}
        replaced[layer.path] = replace(
            layer, attributes=attributes, inputs=layer.inputs[:-1], notes=(*layer.notes, note)
        )
    return rewrite(graph, replaced=replaced)


def _pattern(layer: Layer, arrays: Mapping[str, Any]) -> str | None:
    array = arrays.get(layer.inputs[-1])
    if array is None:
        return None
    if layer.attributes["mask"] == "attends":
        return mask_pattern(array) if array.dtype == bool else None
    return added_pattern(array)
