"""What a mask of truth values says is a setting of the attention: where to attend, or what is blocked."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph
from parity.kinds import BLOCKED, flat
from parity.passes._rewrite import merge_notes, only_consumer, rewrite

ATTENDS, BLOCKS, ADDS = "attends", "blocks", "adds"
OPPOSITE = {ATTENDS: BLOCKS, BLOCKS: ATTENDS}
MOVES = {"reshape", "expand", "stack_axis", "permute"}
"""Kinds that bring a mask into shape and change nothing in it."""


def read_masks(graph: LayerGraph) -> LayerGraph:
    """Take negations, and the choice between zero and minus infinity, into what the attention says of its mask.

    What only repeats a mask along an axis goes: attention does that itself.
    """
    graph = _unrepeated(graph)
    replaced, aliases, dropped = {}, {}, set()
    for layer in graph.layers:
        if layer.kind != "attention" or len(layer.inputs) != 4:
            continue
        mask, notes = layer.attributes["mask"], layer.notes
        for step in _steps(graph, layer):
            found = _said(step, mask)
            if found is None:
                break
            mask, notes = (
                found,
                merge_notes(replace(layer, notes=notes), step, f"{step.source} sets the meaning of its mask"),
            )
            aliases[step.outputs[0]] = step.inputs[0]
            dropped.add(step.path)
        if mask != layer.attributes["mask"]:
            replaced[layer.path] = replace(layer, attributes={**layer.attributes, "mask": mask}, notes=notes)
    return rewrite(graph, replaced=replaced, aliases=aliases, dropped=dropped)


def _unrepeated(graph: LayerGraph) -> LayerGraph:
    """The graph with masks as they are before they are repeated for each query, head or sample."""
    replaced = {}
    for layer in graph.layers:
        if layer.kind != "attention" or len(layer.inputs) != 4:
            continue
        made, step = layer, graph.producers.get(layer.inputs[-1])
        while step is not None and _only_repeats(graph, step):
            notes = merge_notes(made, step, f"{step.source} repeats its mask")
            made = replace(made, inputs=(*made.inputs[:-1], step.inputs[0]), notes=notes)
            step = graph.producers.get(step.inputs[0])
        if made is not layer:
            replaced[layer.path] = made
    return rewrite(graph, replaced=replaced)


def _only_repeats(graph: LayerGraph, step: Layer) -> bool:
    """Whether what a layer gives is what comes in, repeated along axes of one element."""
    before, after = (graph.shape(ends[0]) if len(ends) == 1 else None for ends in (step.inputs, step.outputs))
    if step.weights or before is None or after is None or len(before) != len(after):
        return False
    if any(small not in {1, large} for small, large in zip(before, after, strict=True)):
        return False
    function, operand = step.attributes.get("function"), step.attributes.get("operand")
    if step.kind == "elementwise" and function == "logical_and" and operand is not None:
        return graph.values[step.inputs[0]].dtype == "bool" and all(each == 1 for each in flat(operand)[0])
    return step.kind == "expand" and "operands" not in step.attributes


def _steps(graph: LayerGraph, attention: Layer) -> Iterator[Layer]:
    """What makes the mask, the last step first, as far as it is for this attention alone and brings nothing else in."""
    value = attention.inputs[-1]
    while only_consumer(graph, value) is not None:
        step = graph.producers.get(value)
        if step is None or step.weights or len(step.inputs) != 1 or len(step.outputs) != 1:
            return
        if step.kind not in MOVES:
            yield step
        value = step.inputs[0]


def _said(step: Layer, mask: Any) -> str | None:
    """What is said of a step's input, where ``mask`` is said of its output; None where that has no word."""
    if step.kind == "elementwise" and step.attributes.get("function") == "logical_not":
        return OPPOSITE.get(mask)
    operands = step.attributes.get("operands")
    if step.kind != "where" or mask != ADDS or not isinstance(operands, tuple) or operands[:1] != ("value",):
        return None
    if len(operands) != 3:  # the condition, and what is taken in both cases
        return None
    return {(BLOCKS, ATTENDS): BLOCKS, (ATTENDS, BLOCKS): ATTENDS}.get((_added(operands[1]), _added(operands[2])))


def _added(numbers: Any) -> str:
    """What adding these numbers does: nothing, or block; "" for others."""
    rest = [numbers]
    while any(isinstance(each, tuple) for each in rest):
        rest = [one for each in rest for one in (each if isinstance(each, tuple) else (each,))]
    if not rest or not all(isinstance(each, int | float) for each in rest):
        return ""
    if all(each == 0 for each in rest):
        return ATTENDS
    return BLOCKS if all(each <= BLOCKED for each in rest) else ""
