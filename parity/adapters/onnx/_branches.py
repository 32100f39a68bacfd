"""Conditions that are known once shapes are: the nodes of the branch that is taken stand in the place of ``If``.

Exporters write ``If`` for what a tensor's size decides (``squeeze``, ``tile``), and leave it where they fold nothing.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

from parity.adapters.onnx._inlined import handed_on, inlined, made_names, store, stored_names
from parity.adapters.onnx._order import Step, subgraphs
from parity.adapters.onnx._resolution import Resolution
from parity.adapters.onnx._tensors import is_real, text

PLACES = {1: "then_branch", 0: "else_branch"}


def with_branches(steps: Sequence[Step], resolution: Resolution) -> list[Step]:
    """The nodes, with those of the branches that are taken; their constants go to the inventory."""
    found: list[Step] = []
    for step in steps:
        branch = _taken(step, resolution)
        found += [step] if branch is None else _inside(step, branch, resolution)
    return found


def _taken(step: Step, resolution: Resolution) -> Any:
    """The branch that is taken; None where that is not known, or the other one stores weights, which count."""
    slots = resolution.slots
    if text(step.proto.op_type) != "If" or slots.domain(step.proto) or slots.is_function(step.proto):
        return None
    own = step.inputs and resolution.is_stored(step.inputs[0])  # a flag of the model's own, which may be set otherwise
    condition = resolution.number(step.inputs[0]) if step.inputs and not own else None
    branches = {text(each.name): each.g for each in step.proto.attribute}
    if condition is None or not {*PLACES.values()} <= branches.keys():
        return None
    rest = branches[PLACES[not condition]]
    return None if _stores_weights(rest) else branches[PLACES[bool(condition)]]


def _stores_weights(graph: Any) -> bool:
    """Whether a graph, or one inside it, stores real numbers that are no scalar."""
    tensors = [*graph.initializer, *(each.values for each in graph.sparse_initializer)]
    tensors += [each.t for node in graph.node for each in node.attribute if each.HasField("t")]
    if any(is_real(each.data_type) and prod(each.dims) > 1 for each in tensors) or len(graph.sparse_initializer):
        return True
    return any(_stores_weights(inner) for node in graph.node for inner in subgraphs(node))


def _inside(step: Step, branch: Any, resolution: Resolution) -> list[Step]:
    """The nodes of a branch, and what gives what they make as the outputs of ``If``."""
    path = step.made[0]
    names = made_names(branch, path) | stored_names(branch, path)
    store(branch, names, resolution.stored)
    found = inlined(branch, names, resolution.stored)
    pairs = zip(branch.output, step.outputs, strict=False)
    return found + [handed_on(step, names.get(text(inner.name), text(inner.name)), outer) for inner, outer in pairs]
