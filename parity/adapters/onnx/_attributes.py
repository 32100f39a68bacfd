"""Attributes of a node as plain Python."""

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from parity.adapters.onnx._tensors import EXTERNAL, SMALL, decode, real, text
from parity.graph import Gap, Unknown

GRAPH, GRAPHS = 5, 10
"""Two of ``AttributeProto.AttributeType``; the others stand in ``READERS``."""


def attributes(node: Any, where: str) -> tuple[dict[str, Any], tuple[Gap, ...]]:
    """The node's attributes, and a gap for each graph that stays unread."""
    found: dict[str, Any] = {}
    gaps: list[Gap] = []
    for each in node.attribute:
        name = text(each.name)
        reader = READERS.get(each.type)
        unread = Unknown(f"an attribute of type {each.type} is not read")
        found[name] = reader(each) if reader else unread
        if each.type in (GRAPH, GRAPHS):
            gaps.append(Gap(where, f"the graph inside {text(node.op_type)}, {name}, is not read"))
    return found, tuple(gaps)


def _tensor(tensor: Any) -> Any:
    if prod(tensor.dims) > SMALL or tensor.data_location == EXTERNAL:
        return Unknown("a large or external tensor as an attribute is not read")
    return decode(tensor)


READERS: Mapping[int, Callable[[Any], Any]] = {
    1: lambda attribute: real(attribute.f),
    2: lambda attribute: int(attribute.i),
    3: lambda attribute: text(attribute.s),
    4: lambda attribute: _tensor(attribute.t),
    GRAPH: lambda _: "<graph>",
    6: lambda attribute: tuple(real(each) for each in attribute.floats),
    7: lambda attribute: tuple(int(each) for each in attribute.ints),
    8: lambda attribute: tuple(text(each) for each in attribute.strings),
    9: lambda attribute: tuple(_tensor(each) for each in attribute.tensors),
    GRAPHS: lambda _: "<graph>",
    13: lambda _: "<type>",
    14: lambda _: "<type>",
}
"""How to read an attribute, by ``AttributeProto.AttributeType``; sparse tensors are not read."""
