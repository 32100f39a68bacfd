"""Attributes of a node as plain Python; graphs in a form that is the same for graphs that say the same."""

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from parity.adapters.onnx._tensors import EXTERNAL, SMALL, decode, dtype, is_real, real, text
from parity.graph import Unknown

GRAPH, GRAPHS = 5, 10
"""Two of ``AttributeProto.AttributeType``; the others stand in ``READERS``."""

Names = Mapping[str, str]
"""What a graph inside a node calls the values of the graphs around it -> a label that does not depend on names."""


def attributes(node: Any, names: Names) -> dict[str, Any]:
    """The node's attributes.

    Args:
        node: a ``NodeProto``.
        names: labels of the values that its graphs may use.
    """
    return {text(each.name): _attribute(each, names) for each in node.attribute}


def _attribute(attribute: Any, names: Names) -> Any:
    if attribute.type == GRAPH:
        return _graph(attribute.g, names)
    if attribute.type == GRAPHS:
        return tuple(_graph(each, names) for each in attribute.graphs)
    reader = READERS.get(attribute.type)
    return reader(attribute) if reader else Unknown(f"an attribute of type {attribute.type} is not supported")


def _graph(graph: Any, outer: Names) -> dict[str, Any]:
    """What a graph inside a node computes: each node, its attributes, and where its inputs come from."""
    sparse = {text(each.values.name): each for each in graph.sparse_initializer}
    stored = {text(each.name): each for each in graph.initializer}
    given = [name for each in graph.input if (name := text(each.name)) not in stored]
    names = dict(outer)
    names |= {name: f"given {at}" for at, name in enumerate(given)}
    names |= {name: f"stored {at}" for at, name in enumerate((*stored, *sparse))}
    nodes = []
    for at, node in enumerate(graph.node):
        inputs = tuple(_label(text(name), names) for name in node.input)
        made = tuple(bool(name) for name in node.output)
        told = attributes(node, names)
        names |= {text(name): f"node {at} output {place}" for place, name in enumerate(node.output) if name}
        nodes.append((f"{text(node.domain)}:{text(node.op_type)}", told, inputs, made))
    return {
        "inputs": len(given),
        "stored": (*map(_stored, stored.values()), *((tuple(each.dims), "sparse") for each in sparse.values())),
        "nodes": tuple(nodes),
        "outputs": tuple(_label(text(each.name), names) for each in graph.output),
    }


def _label(name: str, names: Names) -> str:
    return names.get(name, f"unknown {name}") if name else ""


def _stored(tensor: Any) -> tuple[Any, ...]:
    """A weight by its sizes and type; the elements too where they are a setting."""
    sizes = tuple(tensor.dims)
    weight = is_real(tensor.data_type) and prod(sizes) > 1
    return (sizes, dtype(tensor.data_type)) if weight else (sizes, dtype(tensor.data_type), _tensor(tensor))


def _tensor(tensor: Any) -> Any:
    if prod(tensor.dims) > SMALL or tensor.data_location == EXTERNAL:
        return Unknown("a large or external tensor as an attribute is not supported")
    return decode(tensor)


READERS: Mapping[int, Callable[[Any], Any]] = {
    1: lambda attribute: real(attribute.f),
    2: lambda attribute: int(attribute.i),
    3: lambda attribute: text(attribute.s),
    4: lambda attribute: _tensor(attribute.t),
    6: lambda attribute: tuple(real(each) for each in attribute.floats),
    7: lambda attribute: tuple(int(each) for each in attribute.ints),
    8: lambda attribute: tuple(text(each) for each in attribute.strings),
    9: lambda attribute: tuple(_tensor(each) for each in attribute.tensors),
    13: lambda attribute: " ".join(str(attribute.tp).split()),
    14: lambda attribute: tuple(" ".join(str(each).split()) for each in attribute.type_protos),
}
"""How to read an attribute, by ``AttributeProto.AttributeType``; sparse tensors are not read."""
