"""Attributes of a node as plain Python."""

from math import prod
from typing import Any

from parity.adapters.onnx._tensors import EXTERNAL, SMALL, decode, real, text
from parity.graph import Gap, Unknown


class Type:
    """``AttributeProto.AttributeType``."""

    FLOAT, INT, STRING, TENSOR, GRAPH, FLOATS, INTS, STRINGS, TENSORS, GRAPHS = range(1, 11)
    SPARSE_TENSOR, SPARSE_TENSORS, TYPE, TYPES = range(11, 15)


def attributes(node: Any, where: str) -> tuple[dict[str, Any], tuple[Gap, ...]]:
    """The node's attributes, and a gap for each graph that stays unread."""
    found: dict[str, Any] = {}
    gaps: list[Gap] = []
    for each in node.attribute:
        name = text(each.name)
        found[name] = _value(each)
        if each.type in (Type.GRAPH, Type.GRAPHS):
            gaps.append(Gap(where, f"the graph inside {text(node.op_type)}, {name}, is not read"))
    return found, tuple(gaps)


def _value(attribute: Any) -> Any:
    match attribute.type:
        case Type.FLOAT:
            return real(attribute.f)
        case Type.INT:
            return int(attribute.i)
        case Type.STRING:
            return text(attribute.s)
        case Type.TENSOR:
            return _tensor(attribute.t)
        case Type.FLOATS:
            return tuple(real(each) for each in attribute.floats)
        case Type.INTS:
            return tuple(int(each) for each in attribute.ints)
        case Type.STRINGS:
            return tuple(text(each) for each in attribute.strings)
        case Type.TENSORS:
            return tuple(_tensor(each) for each in attribute.tensors)
        case Type.GRAPH | Type.GRAPHS:
            return "<graph>"
        case Type.SPARSE_TENSOR | Type.SPARSE_TENSORS:
            return Unknown("a sparse tensor as an attribute is not read")
        case Type.TYPE | Type.TYPES:
            return "<type>"
        case other:
            return Unknown(f"an attribute of type {other}, which ONNX did not have when this was written")


def _tensor(tensor: Any) -> Any:
    if prod(tensor.dims) > SMALL or tensor.data_location == EXTERNAL:
        return Unknown("a large or external tensor as an attribute is not read")
    return decode(tensor)
