"""Terms of which single steps of recurrent layers are sums and products: gates, their parts, what matrices make."""

from collections.abc import Iterator, Mapping
from typing import Any

from parity.graph import Layer, LayerGraph, Weight
from parity.passes._patterns import defining_op
from parity.passes.recurrence._sequences import taken_of
from parity.passes.recurrence._step_parts import Gate, Linear, Operand, Part, Product, Summed, Taken
from parity.passes.recurrence._zeros import all_zero, is_zero, zeros


def either_way(pair: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    """Two operands of what does not ask for their order."""
    if len(pair) == 2:
        yield pair[0], pair[1]
        yield pair[1], pair[0]


def product_of(graph: LayerGraph, value: Operand) -> Product | None:
    """Both orders of the operands of a product."""
    found = operands_of(graph, value, "multiply") if isinstance(value, str) else None
    return tuple(either_way(found)) if found is not None else None


def operands_of(graph: LayerGraph, value: str, function: str) -> tuple[Operand, Operand] | None:
    """The two operands of a function, one of which may be stored or a number."""
    layer = graph.producers.get(value)
    if layer is None or layer.kind != "elementwise" or layer.attributes.get("function") != function:
        return None
    if len(layer.inputs) == 2 and not layer.weights:
        return layer.inputs[0], layer.inputs[1]
    if len(layer.inputs) == 1 and len(layer.weights) == 1 and "operand" not in layer.attributes:
        return layer.inputs[0], layer.weights[0]
    if len(layer.inputs) != 1 or layer.weights or layer.attributes.get("operand_first"):
        return None
    operand = layer.attributes.get("operand")
    held = operand if isinstance(operand, float) else 0.0 if all_zero(operand) else None
    return (layer.inputs[0], held) if held is not None else None


def part(graph: LayerGraph, value: Operand) -> Part | None:
    """The range of the last axis that a value is of another."""
    layer = graph.producers.get(value) if isinstance(value, str) else None
    if layer is None or layer.kind != "slice" or len(layer.inputs) + len(layer.weights) != 1:
        return None
    source: str | Weight = layer.inputs[0] if layer.inputs else layer.weights[0]
    shape = graph.shape(source) if isinstance(source, str) else source.shape
    axes, bounds = layer.attributes["axes"], layer.attributes["bounds"]
    width = shape[-1] if shape else None
    if shape is None or len(axes) != 1 or axes[0] % len(shape) != len(shape) - 1 or not isinstance(width, int):
        return None
    start, stop, stride = bounds[0]
    stop = width if stop is None else stop
    return Part(source, start or 0, stop) if stride == 1 and 0 <= (start or 0) < stop <= width else None


def gate_order(parts: Mapping[str, Part]) -> str | None:
    """The order of gates that are equal parts of one value; None where they are not."""
    found = sorted(parts, key=lambda name: parts[name].start)
    width = parts[found[0]].stop
    fits = all(
        (parts[name].start, parts[name].stop) == (at * width, at * width + width) for at, name in enumerate(found)
    )
    one = all(each.source == parts[found[0]].source for each in parts.values())
    return " ".join(found) if fits and one else None


def summed_gate(graph: LayerGraph, value: str) -> Summed | None:
    """A function of a sum of two, as which a gate is computed."""
    layer = activation_of(graph, value)
    function = function_of(layer) if layer is not None else None
    operands = operands_of(graph, layer.inputs[0], "add") if layer is not None else None
    return Summed(function, operands) if function is not None and operands is not None else None


def activation_of(graph: LayerGraph, value: str) -> Layer | None:
    """The activation that makes a value of another."""
    layer = defining_op(graph, value, "activation")
    return layer if layer is not None and len(layer.inputs) == 1 else None


def function_of(layer: Layer) -> str | None:
    """The function of an activation that has no parameters."""
    function = layer.attributes.get("function")
    return function if set(layer.attributes) == {"function"} and isinstance(function, str) else None


def gate_of(graph: LayerGraph, value: Operand) -> Gate | None:
    """A function of a part of a value."""
    layer = activation_of(graph, value) if isinstance(value, str) else None
    function = function_of(layer) if layer is not None else None
    found = part(graph, layer.inputs[0]) if layer is not None else None
    return (function, found) if function is not None and found is not None else None


def sum_of(graph: LayerGraph, value: str) -> tuple[Taken, Linear, Linear] | None:
    """What a matrix makes of a step, and another of the state before, added."""
    for one, other in either_way(operands_of(graph, value, "add") or ()):
        found = terms_of(graph, one, other)
        if found is not None:
            return found
    return None


def terms_of(graph: LayerGraph, fed: Operand, state: Operand) -> tuple[Taken, Linear, Linear] | None:
    """What a matrix makes of a step, and another of the state before."""
    entered, back = (entered_of(graph, fed) if isinstance(fed, str) else None), returned_of(graph, state)
    return (*entered, back) if entered is not None and back is not None else None


def entered_of(graph: LayerGraph, value: str) -> tuple[Taken, Linear] | None:
    """A step of what a matrix makes of a sequence, or what it makes of a step."""
    taken = taken_of(graph, value)
    found = linear_of(graph, taken.sequence if taken is not None else value)
    if found is None or found.value is None:
        return None
    if taken is not None:
        return Taken(found.value, taken.at, taken.steps), found
    taken = taken_of(graph, found.value)
    return (taken, found) if taken is not None else None


def returned_of(graph: LayerGraph, value: Operand) -> Linear | None:
    """What a matrix makes of a state; of zeros, which give nothing but the bias, an exporter may have stored that."""
    if isinstance(value, float):
        return Linear(None) if value == 0 else None
    if isinstance(value, Weight):
        return Linear(None, start=value)
    if zeros(graph, value):
        return Linear(None)
    return linear_of(graph, value)


def linear_of(graph: LayerGraph, value: str) -> Linear | None:
    """What a matrix, and a bias perhaps, make of a value."""
    layer, bias = graph.producers.get(value), None
    if layer is not None and layer.kind == "elementwise":
        operands = operands_of(graph, value, "add")
        if operands is None or not isinstance(operands[1], Weight) or not isinstance(operands[0], str):
            return None
        bias, layer = operands[1], graph.producers.get(operands[0])
    if layer is None or (bias is not None and len(bias.shape) != 1):
        return None
    if _of_zeros(layer):
        return Linear(None, bias=bias)
    kernel, own = layer.weight("kernel"), layer.weight("bias")
    plain = layer.kind == "dense" and set(layer.attributes) <= {"units", "in_features"} and len(layer.inputs) == 1
    if not plain or kernel is None or (bias is not None and own is not None):
        return None
    given = layer.inputs[0]
    return Linear(None if zeros(graph, given) else given, kernel, bias or own)


def _of_zeros(layer: Layer) -> bool:
    """Whether a product is one of zeros that are stored, or the operator's own."""
    if layer.kind != "dense" or layer.inputs:
        return False
    stored = layer.weight("operand")
    return is_zero(stored) if stored is not None else all_zero(layer.attributes["operands"][0])
