"""The nodes of a node's own graph under names of their own, to stand where the node stands."""

from collections.abc import Mapping
from typing import Any

from parity.adapters.onnx._constants import Constant, node_constants
from parity.adapters.onnx._inventory import Inventory
from parity.adapters.onnx._order import Step, step_of, subgraphs
from parity.adapters.onnx._tensors import shape, text


def stored_names(graph: Any, path: str) -> dict[str, str]:
    """The names that what a graph stores has outside of it: the same ones however often the graph is run."""
    return {text(each.name): f"{path}/{text(each.name)}" for each in graph.initializer}


def store(graph: Any, names: Mapping[str, str], stored: Inventory) -> None:
    """Enter what a graph stores."""
    for tensor in graph.initializer:
        name = names[text(tensor.name)]
        stored.constants[name] = Constant(name, tensor, shape(tensor, stored.source), name)


def made_names(graph: Any, path: str) -> dict[str, str]:
    """The names outside of a graph of what its nodes make."""
    return {text(name): f"{path}/{text(name)}" for node in graph.node for name in node.output if text(name)}


def inlined(graph: Any, names: Mapping[str, str], stored: Inventory) -> list[Step]:
    """The nodes of a graph in the names outside of it; constants among them go to the inventory."""
    found = []
    for node in graph.node:
        copy = type(node)()
        copy.CopyFrom(node)
        _rename(copy, names)
        constant = node_constants(copy, stored.constants, stored.source)
        if constant is None:
            found.append(step_of(copy))
        else:
            stored.constants[constant.name] = constant
    return found


def handed_on(step: Step, given: str, output: str) -> Step:
    """A node in the place of another one that gives a value by the name that it has outside."""
    return step_of(type(step.proto)(op_type="Identity", input=[given], output=[output], name=step.proto.name))


def _rename(node: Any, names: Mapping[str, str]) -> None:
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
