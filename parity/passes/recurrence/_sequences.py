"""Steps of a sequence whose first axis is time, and its turns."""

from parity.graph import Layer, LayerGraph
from parity.passes._patterns import defining_op
from parity.passes.recurrence._step_parts import Taken


def taken_of(graph: LayerGraph, value: str) -> Taken | None:
    """The step of a sequence that a value is."""
    layer = graph.producers.get(value)
    if layer is None or len(layer.inputs) != 1 or layer.weights:
        return None
    if layer.kind == "select":
        axis, at, source = layer.attributes["axis"], layer.attributes["index"], layer.inputs[0]
    else:
        cut = defining_op(graph, layer.inputs[0], "slice") if layer.kind in {"reshape", "flatten"} else None
        before = graph.shape(cut.outputs[0]) if cut is not None and len(cut.inputs) == 1 else None
        if cut is None or before is None or before[0] != 1 or before[1:] != graph.shape(value):
            return None
        (axis, *more), ((at, _, stride), *_) = cut.attributes["axes"], cut.attributes["bounds"]
        source = cut.inputs[0]
        if more or stride != 1:
            return None
    shape = graph.shape(source)
    steps = shape[0] if shape else None
    if axis != 0 or not isinstance(at, int) or not isinstance(steps, int) or not -steps <= at < steps:
        return None
    at %= steps
    turned = defining_op(graph, source, "slice")
    if turned is not None and flips(graph, turned, 0):
        source, at = turned.inputs[0], steps - 1 - at
    return Taken(source, at, steps)


def flips(graph: LayerGraph, layer: Layer, axis: int) -> bool:
    """Whether a slice takes all of one axis, the last first."""
    shape = graph.shape(layer.inputs[0]) if len(layer.inputs) == 1 and layer.kind == "slice" else None
    if shape is None or layer.attributes["axes"] not in {(axis,), (axis - len(shape),)}:
        return False
    start, stop, stride = layer.attributes["bounds"][0]
    size = shape[axis]
    return stride == -1 and stop is None and (start is None or start in (-1, size - 1 if isinstance(size, int) else -1))


def row(graph: LayerGraph, value: str) -> tuple[str, Layer | None]:
    """What a value is without its first axis of one, and the layer that gives it that; the value itself without one."""
    layer, shape = graph.producers.get(value), graph.shape(value)
    if layer is None or layer.kind not in {"reshape", "stack_axis"} or len(layer.inputs) != 1 or layer.weights:
        return value, None
    before = graph.shape(layer.inputs[0])
    return (layer.inputs[0], layer) if before is not None and shape == (1, *before) else (value, None)
