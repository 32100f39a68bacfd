"""Tensors that an exporter has computed of numbers alone, told from those that it has computed of trained weights.

A file does not say which they are. Where the other model computes the same numbers of nothing but numbers, they are
constants: a table of angles, a mask. So are numbers that count, of which the other model has no tensor.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from math import prod
from typing import Any

from parity.graph import Census, LayerGraph, Weight
from parity.kinds import adaptive_windows
from parity.passes._known import MOST, known

RELATIVE, ABSOLUTE = 1e-4, 1e-5
"""Within this two frameworks agree on the cosine of some thousand in single precision."""

FILLS = frozenset({"where", "scatter"})
"""Kinds that put numbers into places of a tensor, as code does that makes a mask."""

TRAINED = frozenset({Census.TRAINABLE, Census.UNKNOWN})


def settled(graph: LayerGraph, other: LayerGraph) -> LayerGraph:
    """The graph with the tensors as constants whose numbers the other model computes of numbers alone."""
    filling = {weight.name for layer in graph.layers if layer.kind in FILLS for weight in layer.weights}
    trained = {weight.name for weight in other.weights if weight.census in TRAINED}
    open_ = [each for each in graph.weights if _is_open(each, filling) and trained.isdisjoint(each.computed_of or ())]
    arrays = [*_computed(other)] if open_ else []
    found = {each.name: numbers for each in open_ if (numbers := _same(each, arrays)) is not None}
    sizes = Counter(each.numel for each in other.weights)
    spare = {each.name for each in open_ if sizes[each.numel] < sum(own.numel == each.numel for own in graph.weights)}
    found |= {each.name: each.numbers or () for each in open_ if each.name in spare and _counts(each)}
    if not found:
        return graph

    def constant(weight: Weight) -> Weight:
        if weight.name not in found:
            return weight
        return replace(weight, census=Census.CONSTANT, presumed=False, numbers=found[weight.name])

    layers = tuple(
        replace(layer, weights=tuple(map(constant, layer.weights)))
        if any(weight.name in found for weight in layer.weights)
        else layer
        for layer in graph.layers
    )
    return replace(graph, layers=layers, weights=tuple(map(constant, graph.weights)))


def _computed(graph: LayerGraph) -> Iterator[Any]:
    """The numbers that a model computes of numbers alone, and how many elements windows of different sizes have."""
    yield from (array.ravel() for array in known(graph).values() if array.dtype.kind == "f")
    for layer in graph.layers:
        if layer.kind == "adaptive_average_pool":
            yield _elements_of_windows(layer.attributes)


def _elements_of_windows(told: Mapping[str, Any]) -> Any:
    """By how much adaptive pooling divides, window by window: exporters write the quotient.

    Along an axis on which all windows are as long they write one number.
    """
    import numpy as np

    sizes = np.ones(1)
    if prod(told["output_size"]) > MOST:
        return np.zeros(0)
    for size, count in zip(told["input_size"], told["output_size"], strict=True):
        lengths = [stop - start for start, stop in adaptive_windows(size, count)]
        sizes = np.outer(sizes, lengths if len(set(lengths)) > 1 else lengths[:1]).ravel()
    return sizes


def _is_open(weight: Weight, filling: Collection[str]) -> bool:
    """Whether a tensor may be of either kind; one of a single number is common to both, unless it fills gaps."""
    guessed = weight.presumed and weight.census is Census.TRAINABLE
    if not guessed or weight.numbers is None:
        return False
    return len(set(weight.numbers)) > 1 or weight.name in filling


def _counts(weight: Weight) -> bool:
    """Whether a tensor has the numbers 0, 1, 2, ... or 1, 2, 3, ... in a row: places, or how many there are so far."""
    first, *_ = numbers = weight.numbers or (None,)
    return first in {0, 1} and numbers == tuple(float(first + at) for at in range(len(numbers)))


def _same(weight: Weight, arrays: list[Any]) -> tuple[float, ...] | None:
    """The numbers as the other model has them, which rounds them in another way."""
    import numpy as np

    stored = np.asarray(weight.numbers)
    for array in arrays:
        if array.size == stored.size and np.allclose(array, stored, RELATIVE, ABSOLUTE):
            return tuple(array.tolist())
    return None
