"""What several passes look for that put together what exporters take apart."""

from typing import Any

from parity.graph import Layer, LayerGraph
from parity.graph.diagonals import Diagonals, each


def defining_op(graph: LayerGraph, value: str, kind: str, function: str | None = None) -> Layer | None:
    """The layer that makes a value, if it is of the kind and function and has nothing stored."""
    found = graph.producers.get(value)
    fits = found is not None and found.kind == kind and not found.weights
    return found if fits and function in {None, found.attributes.get("function") if found else None} else None


def number(layer: Layer) -> float | None:
    """The number that an element-wise layer has as its second operand, if it has one."""
    operand = layer.attributes.get("operand")
    first = layer.attributes.get("operand_first")
    return operand if isinstance(operand, float) and not first and len(layer.inputs) == 1 else None


def zeros_and_ones(layer: Layer) -> Any:
    """The array of zeros and ones that an element-wise layer with one input has as its operand; None for any other."""
    import numpy as np

    numbers, shapes = layer.attributes.get("operand"), layer.attributes.get("operand_shapes", ())
    if not isinstance(numbers, tuple | Diagonals) or len(layer.inputs) != 1 or len(shapes) != 1:
        return None
    array = np.asarray(numbers)
    found = each(array)
    fits = array.size == np.prod(shapes[0], dtype=int) and bool(((found == 0) | (found == 1)).all())
    return array.reshape(shapes[0]) if fits else None


def with_number(graph: LayerGraph, value: str, function: str) -> tuple[str, float] | None:
    """What a number is added to, or multiplied by, to give a value; and the number."""
    layer = defining_op(graph, value, "elementwise", function)
    operand = number(layer) if layer is not None else None
    return (layer.inputs[0], operand) if layer is not None and operand is not None else None


def scaled(graph: LayerGraph, value: str) -> tuple[str, float]:
    """What a value is a multiple of, and by how much."""
    factor = 1.0
    while (found := with_number(graph, value, "multiply")) is not None:
        value, factor = found[0], factor * found[1]
    return value, factor


def between(graph: LayerGraph, last: Layer, *first: str) -> tuple[Layer, ...]:
    """The layers that lead from values to a layer, the layer itself first; what leads to the values is not followed."""
    found = {last.path: last}
    rest = [*last.inputs]
    while rest:
        value = rest.pop()
        layer = graph.producers.get(value)
        if value in first or layer is None or layer.path in found:
            continue
        found[layer.path] = layer
        rest += layer.inputs
    return tuple(found.values())
