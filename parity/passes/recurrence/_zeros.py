"""What is seen to hold zeros only."""

from typing import Any

from parity.graph import Layer, LayerGraph, Weight
from parity.passes.recurrence._step_parts import Operand

SHAPING = {"reshape", "permute", "expand", "concat", "identity"}


def zeros(graph: LayerGraph, value: str) -> bool:
    """Whether a value is filled with zeros, whatever shapes it is brought to and joined in."""
    waiting = [value]
    while waiting:
        maker = graph.producers.get(waiting.pop())
        if maker is not None and maker.kind in SHAPING and maker.inputs and not maker.weights:
            waiting += maker.inputs
        elif maker is not None and _nullifies(maker):
            continue
        elif maker is None or maker.kind != "fill" or maker.attributes["value"] != 0:
            return False
    return True


def _nullifies(layer: Layer) -> bool:
    """Whether a layer multiplies by zeros of its own."""
    if layer.attributes.get("function") != "multiply" or len(layer.inputs) != 1:
        return False
    if layer.weights:
        return len(layer.weights) == 1 and is_zero(layer.weights[0])
    return "operand" in layer.attributes and all_zero(layer.attributes["operand"])


def is_zero(operand: Operand) -> bool:
    """Whether an operand is of zeros only."""
    if isinstance(operand, Weight):
        return bool(operand.zeros) or (operand.numbers is not None and not any(operand.numbers))
    return operand == 0


def all_zero(numbers: Any) -> bool:
    """Whether numbers, row by row, are all zero."""
    waiting = [numbers]
    while waiting:
        each = waiting.pop()
        if isinstance(each, tuple):
            waiting += each
        elif each != 0:
            return False
    return True


def is_nothing(graph: LayerGraph, operand: Operand) -> bool:
    """Whether an operand, computed or stored, is of zeros only."""
    return zeros(graph, operand) if isinstance(operand, str) else is_zero(operand)


def unless_zeros(graph: LayerGraph, operand: Operand) -> str | None:
    """The value that an operand is; None where it is of zeros only, or stored."""
    return operand if isinstance(operand, str) and not zeros(graph, operand) else None
