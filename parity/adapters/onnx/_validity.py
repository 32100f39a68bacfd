"""What no runtime loads, or each as it likes: names that mean two things, and operators that there are not."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from parity.adapters.onnx._order import subgraphs
from parity.adapters.onnx._slots import NEWEST, Slots, plain_domain, schema_of
from parity.adapters.onnx._tensors import text
from parity.errors import UnreadableModel

RUNTIMES_OWN = {"SimplifiedLayerNormalization"}
"""Operators that onnxruntime has in ONNX's own set, beyond those that are ONNX's."""

TWO_MEANINGS = "{} is both an ONNX operator and a function of the model; runtimes may use either"
NO_OPERATOR = "ONNX has no operator {} in opset {}, so no runtime loads the file"


def check(model: Any, source: str) -> None:
    """Refuse what means two things.

    Raises:
        UnreadableModel: two functions have one name, or a node has two attributes of one name.
    """
    names = Counter((plain_domain(each.domain), text(each.name), text(each.overload)) for each in model.functions)
    twice = next((key for key, count in names.items() if count > 1), None)
    if twice is not None:
        raise UnreadableModel(source, "two functions of the model have the same name", found=twice[1])
    for nodes in (model.graph.node, *(each.node for each in model.functions)):
        _check_attributes(nodes, source)


def _check_attributes(nodes: Iterable[Any], source: str) -> None:
    for node in nodes:
        names = [text(each.name) for each in node.attribute]
        if len(set(names)) < len(names):
            found = f"{next(each for each in names if names.count(each) > 1)} of a node {text(node.op_type)}"
            raise UnreadableModel(source, "an attribute appears twice", found=found)
        for graph in subgraphs(node):
            _check_attributes(graph.node, source)


def overrides(function: Any) -> bool:
    """Whether a function of the model has the name of an operator of ONNX."""
    return not plain_domain(function.domain) and schema_of(text(function.name), NEWEST, "") is not None


def doubt(node: Any, slots: Slots) -> str | None:
    """Why nobody can tell what a node does that looks like an operator of ONNX; None where it is one."""
    op, version = text(node.op_type), slots.opset("")
    if slots.domain(node):
        return None
    if slots.is_function(node) and schema_of(op, NEWEST, "") is not None:
        return TWO_MEANINGS.format(op)
    known = slots.is_function(node) or op in RUNTIMES_OWN or version is None
    return None if known or slots.has(op) else NO_OPERATOR.format(op, version)
