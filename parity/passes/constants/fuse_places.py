"""Places that a file puts side by side to take points of a tensor are an index for each of its axes.

So are the places in rows that are flattened for that: ``x[arange(n), i]`` is row ``arange(n) * length + i``.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from parity.graph import Layer, LayerGraph, Shape, Value
from parity.graph.provenance import fuse
from parity.passes._rewrite import rewrite

LAST = ("last", 0)


def fuse_places(graph: LayerGraph) -> LayerGraph:
    """Give a gather of points an index for each axis, where these are joined for it along a last axis."""
    replaced: dict[str, Layer] = {}
    before: dict[str, tuple[Layer, ...]] = {}
    values: dict[str, Value] = {}
    for layer in graph.layers:
        joined = _joined(graph, layer)
        if joined is None:
            replaced |= {each.path: each for each in _of_rows(graph, layer)}
            continue
        places = []
        for value in joined.inputs:
            name, shape = f"{layer.path}:{value}", (graph.shape(value) or ())[:-1]
            attributes = {"target": shape[1:], "first": shape[0] if shape else None}
            made = Layer(name, "reshape", attributes, (), (value,), (name,), joined.sources, joined.op)
            before[layer.path] = (*before.get(layer.path, ()), made)
            values[name] = replace(graph.values[value], shape=shape, axes=None)
            places.append(name)
        attributes = {**layer.attributes, "at": tuple(range(len(places)))}
        made = replace(layer, attributes=attributes, inputs=(layer.inputs[0], *places))
        replaced[layer.path] = fuse(made, (joined,), f"{joined.source} concatenates its indices")
    return rewrite(graph, replaced=replaced, before=before, values=values)


def _joined(graph: LayerGraph, layer: Layer) -> Layer | None:
    """The layer that puts the places of a gather side by side, each a column."""
    plain = layer.kind == "gather" and layer.attributes.get("at") == LAST and len(layer.inputs) == 2
    made = graph.producers.get(layer.inputs[1]) if plain and not layer.weights else None
    shape = graph.shape(layer.inputs[1]) if made is not None else None
    if made is None or made.kind != "concat" or made.weights or not shape:
        return None
    along = made.attributes["axis"] % len(shape) == len(shape) - 1
    return made if along and all(_is_column(graph.shape(value)) for value in made.inputs) else None


def _of_rows(graph: LayerGraph, layer: Layer) -> Iterator[Layer]:
    """A gather of one position for each sample, where it takes rows of all samples in a row."""
    if layer.kind != "gather" or layer.attributes["mode"] != "take" or len(layer.inputs) != 2 or layer.weights:
        return
    rows, places = (graph.producers.get(value) for value in layer.inputs)
    if rows is None or rows.kind != "reshape" or rows.weights or places is None or layer.attributes["axis"] != 0:
        return
    before, after = graph.shape(rows.inputs[0]), graph.shape(rows.outputs[0])
    if before is None or after is None or len(before) < len(after) + 1 or before[2:] != after[1:]:
        return
    index = (places.inputs or ("",))[0]
    samples, steps = before[:2]
    if not isinstance(samples, int) or not isinstance(steps, int) or graph.shape(index) != (samples,):
        return
    starts = tuple(float(at * steps) for at in range(samples))
    operand = places.attributes.get("operand") if places.attributes.get("function") == "add" else None
    if operand not in (starts, *(starts if samples == 1 else ())) or len(places.inputs) != 1:
        return
    numbers = tuple(float(at) for at in range(samples))
    attributes = {"mode": "points", "axis": None, "at": (0, 1), "operands": ("value", numbers, "value")}
    made = replace(layer, attributes=attributes, inputs=(rows.inputs[0], index))
    yield fuse(made, (rows, places), f"{rows.source} flattens the rows of all samples")


def _is_column(shape: Shape | None) -> bool:
    sizes = [size for size in shape or () if isinstance(size, int)]
    return shape is not None and len(sizes) == len(shape) > 0 and sizes[-1] == 1 and prod(sizes) > 0
