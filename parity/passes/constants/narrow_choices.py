"""A choice by stored truth values that repeat along an axis is made once, and repeated.

A program that was traced with a batch of two stores a mask for each of the two samples, which are the same: what it
chooses is the same for both, and what an exporter computes for one alone.
"""

from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Shape, Value
from parity.passes._rewrite import rewrite


def narrow_choices(graph: LayerGraph) -> LayerGraph:
    """Choose once along each axis that only stored numbers have, and that these repeat along."""
    replaced: dict[str, Layer] = {}
    after: dict[str, tuple[Layer, ...]] = {}
    values: dict[str, Value] = {}
    for layer in graph.layers:
        found = _narrow(graph, layer)
        if found is None:
            continue
        operands, shape = found
        (value,) = layer.outputs
        once = f"{value}:once"
        replaced[layer.path] = replace(layer, attributes={**layer.attributes, "operands": operands}, outputs=(once,))
        target = {"target": graph.shape(value)}
        repeats = replace(layer, path=f"{layer.path}:repeated", kind="expand", attributes=target, inputs=(once,))
        after[layer.path] = (repeats,)
        values[once] = replace(graph.values[value], shape=shape)
    return rewrite(graph, replaced=replaced, after=after, values=values)


def _narrow(graph: LayerGraph, layer: Layer) -> tuple[tuple[Any, ...], Shape] | None:
    """The operands of a choice without what repeats, and the shape that it has then; None where nothing does."""
    shape = graph.shape(layer.outputs[0]) if layer.kind == "where" and len(layer.outputs) == 1 else None
    if shape is None or layer.weights or "operands" not in layer.attributes:
        return None
    import numpy as np

    taken = [graph.shape(value) for value in layer.inputs]
    if any(each is None for each in taken):
        return None
    arrays = [None if isinstance(each, str) else np.asarray(each) for each in layer.attributes["operands"]]
    sizes = [*shape]
    for axis in range(-len(shape), 0):
        own = [each[axis] for each in taken if each is not None and len(each) >= -axis]
        wide = [
            at for at, each in enumerate(arrays) if each is not None and each.ndim >= -axis and each.shape[axis] > 1
        ]
        if not wide or any(size != 1 for size in own) or not all(_repeats(arrays[at], axis) for at in wide):
            continue
        arrays = [each.take([0], axis) if each is not None and at in wide else each for at, each in enumerate(arrays)]
        sizes[axis] = 1
    if sizes == [*shape]:
        return None
    given = zip(layer.attributes["operands"], arrays, strict=True)
    return tuple(each if array is None else _nested(array.tolist()) for each, array in given), tuple(sizes)


def _repeats(array: Any, axis: int) -> bool:
    return bool((array == array.take([0], axis)).all())


def _nested(numbers: Any) -> Any:
    return tuple(map(_nested, numbers)) if isinstance(numbers, list) else numbers
