"""Taking every element of a flattened tensor in its order gives the tensor back.

PyTorch's exporter decomposes ``adaptive_avg_pool2d`` of an image whose channels are last in memory into a mean and
``as_strided``, which in ONNX is a Reshape to one axis and a Gather of all places, computed from the size of the batch.
"""

from math import prod
from typing import Any

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import rewrite

ROWS = 3
"""So many rows of the places are computed; each is the one before and a constant, since all is sums and products."""


def eliminate_strided_copies(graph: LayerGraph) -> LayerGraph:
    """Let what is flattened stand for what is gathered of it, where that is all of it in its order."""
    aliases = {layer.outputs[0]: source for layer in graph.layers if (source := _source(graph, layer)) is not None}
    return rewrite(
        graph,
        aliases=aliases,
        dropped={each.path for each in graph.layers if each.outputs[:1] and each.outputs[0] in aliases},
    )


def _source(graph: LayerGraph, layer: Layer) -> str | None:
    if layer.kind != "gather" or layer.weights or len(layer.inputs) != 2:  # values, and places
        return None
    if (layer.attributes.get("mode"), layer.attributes.get("axis")) != ("take", 0):
        return None
    flat = graph.producers.get(layer.inputs[0])
    made = graph.shape(layer.outputs[0])
    if flat is None or flat.kind != "reshape" or not made or len(graph.shape(layer.inputs[0]) or ()) != 1:
        return None
    places = _places(graph, layer.inputs[1])
    rest = made[1:]
    if graph.shape(flat.inputs[0]) != made or places is None or not all(isinstance(size, int) for size in rest):
        return None
    import numpy as np

    row = prod(size for size in rest if isinstance(size, int))
    wanted = np.arange(ROWS * row).reshape(ROWS, *(size for size in rest if isinstance(size, int)))
    return flat.inputs[0] if places.shape == wanted.shape and (places == wanted).all() else None


def _places(graph: LayerGraph, value: str) -> Any:
    """The first rows of places that sums and products make of a range from 0 on; None where they are made otherwise."""
    import numpy as np

    layer = graph.producers.get(value)
    if layer is None or layer.weights or len(layer.inputs) > 1:
        return None
    if layer.kind == "range":
        return np.arange(ROWS) if (layer.attributes["start"], layer.attributes["step"]) == (0, 1) else None
    before = _places(graph, layer.inputs[0]) if layer.inputs else None
    if before is None or layer.kind not in {"reshape", "elementwise"}:
        return None
    return _reshaped(layer, before) if layer.kind == "reshape" else _moved(layer, before)


def _reshaped(layer: Layer, before: Any) -> Any:
    target = layer.attributes["target"] or ()
    whole = all(isinstance(size, int) for size in target) and prod(target) * ROWS == before.size
    return before.reshape(ROWS, *target) if whole else None


def _moved(layer: Layer, before: Any) -> Any:
    """Sums with numbers that are the same for each row, and products with such."""
    import numpy as np

    told = layer.attributes
    if "operand" not in told or told["function"] not in {"add", "multiply"}:
        return None
    operand = np.asarray(told["operand"])
    operand = operand.reshape(*told["operand_shapes"]) if told.get("operand_shapes") else operand
    if operand.dtype.kind not in "fiu" or (operand.ndim and (operand.ndim != before.ndim or operand.shape[0] != 1)):
        return None
    return before + operand if told["function"] == "add" else before * operand
