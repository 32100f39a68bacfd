"""Conditions that are known once shapes are: the nodes of the branch that is taken stand in the place of ``If``.

Exporters write ``If`` for what a tensor's size decides (``squeeze``, ``tile``), and leave it where they fold nothing.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

from parity.adapters.onnx._constants import Constant, node_constants
from parity.adapters.onnx._order import Step, step_of, subgraphs
from parity.adapters.onnx._resolution import Resolution
from parity.adapters.onnx._tensors import is_real, shape, text

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
    """The nodes of a branch under names of their own, so that what they make is the outputs of ``If``."""
    stored, path = resolution.stored, step.made[0]
    made = {text(name) for node in branch.node for name in node.output if text(name)}
    made |= {text(each.name) for each in branch.initializer}
    names = {name: f"{path}/{name}" for name in made}
    for tensor in branch.initializer:
        name = names[text(tensor.name)]
        stored.constants[name] = Constant(name, tensor, shape(tensor, stored.source), name)
    found = []
    for node in branch.node:
        copy = type(node)()
        copy.CopyFrom(node)
        _rename(copy, names)
        constant = node_constants(copy, stored.constants, stored.source)
        if constant is None:
            found.append(step_of(copy))
        else:
            stored.constants[constant.name] = constant
    for inner, outer in zip(branch.output, step.outputs, strict=False):
        given = names.get(text(inner.name), text(inner.name))
        found.append(step_of(type(step.proto)(op_type="Identity", input=[given], output=[outer], name=step.proto.name)))
    return found


def _rename(node: Any, names: dict[str, str]) -> None:
    """Names that a graph inside a node makes itself stay as they are."""
    node.input[:] = [names.get(text(each), text(each)) for each in node.input]
    node.output[:] = [names.get(text(each), text(each)) for each in node.output]
    for graph in subgraphs(node):
        own = {text(each.name) for each in (*graph.input, *graph.initializer)}
        own |= {text(name) for each in graph.node for name in each.output}
        outer = {name: each for name, each in names.items() if name not in own}
        for each in graph.node:
            _rename(each, outer)
        for each in graph.output:
            each.name = outer.get(text(each.name), text(each.name))
