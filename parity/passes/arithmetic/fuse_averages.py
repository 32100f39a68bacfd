"""A sum of several tensors that is divided by their number is their average."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.graph.provenance import fuse
from parity.passes._patterns import defining_op, number
from parity.passes._rewrite import only_consumer, rewrite
from parity.patterns import close


def fuse_averages(graph: LayerGraph) -> LayerGraph:
    """Make one layer of additions and the division by the number of what is added, or the product with its inverse."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in graph.layers:
        factor = _factor(layer)
        sums = _sums(graph, layer.inputs[0]) if factor is not None else []
        gone = {each.path for each in sums}
        values = [value for each in sums for value in each.inputs if not _is_sum(graph, value, gone)]
        if factor is None or len(values) < 2 or not close(factor * len(values), 1.0):  # an average is of some
            continue
        made = replace(layer, attributes={"function": "average"}, inputs=tuple(values))
        replaced[layer.path] = fuse(made, tuple(sums), f"{layer.source} divides a sum by the number of its terms")
        dropped |= gone
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _factor(layer: Layer) -> float | None:
    """What a layer multiplies its only input by."""
    found = number(layer) if layer.kind == "elementwise" and not layer.weights else None
    if not found:
        return None
    return {"multiply": found, "divide": 1 / found}.get(str(layer.attributes.get("function")))


def _sums(graph: LayerGraph, value: str) -> list[Layer]:
    """The additions of values that make a value and are used for it alone, the last one first."""
    layer = defining_op(graph, value, "elementwise", "add")
    if layer is None or len(layer.inputs) < 2 or only_consumer(graph, value) is None:  # a sum is of some
        return []
    return [layer, *(each for inner in layer.inputs for each in _sums(graph, inner))]


def _is_sum(graph: LayerGraph, value: str, sums: set[str]) -> bool:
    maker = graph.producers.get(value)
    return maker is not None and maker.path in sums
