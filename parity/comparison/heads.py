"""The size of a head of attention: one setting, from which the sizes of projections and the scale of scores follow."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isclose, sqrt

from parity.comparison._contract import Difference, Facet, Key, Topic, View
from parity.graph import Layer, LayerGraph

HEAD_SIZE, VALUE_SIZE = "head_size", "value_head_size"
"""What such differences are called."""

OPERANDS = ((0, HEAD_SIZE), (1, HEAD_SIZE), (2, VALUE_SIZE))
"""Of which size the heads of query, key and value are."""

BETWEEN = {"permute", "reshape", "identity", "flatten", "expand", "cast"}
"""Kinds that stand between a projection and its heads."""

PROJECTION = "dense"
EQUAL = 1e-5
"""How far two scales in single precision are apart at most, relative to them."""

UNITS = {Topic.WEIGHT_SHAPE, Topic.ATTRIBUTE}


def with_heads(view: View, found: Sequence[Difference]) -> list[Difference]:
    """The differences with one for each attention whose heads are of another size, as the cause of what it explains."""
    causes: dict[tuple[str, str], Key] = {}
    scales: dict[tuple[str, str], float] = {}
    told = []
    for left, right in view.pairs:
        if left.kind == "attention":
            for difference in _sizes(view, left, right):
                told.append(difference)
                causes |= dict.fromkeys(_projections(view, difference), difference.key)
                if difference.name == HEAD_SIZE:
                    scales[left.path, right.path] = sqrt(difference.right_value / difference.left_value)
                    causes[left.path, right.path] = difference.key
    if not told:
        return list(found)
    return [*told, *(_caused(each, causes, scales) for each in found)]


def _sizes(view: View, left: Layer, right: Layer) -> Iterator[Difference]:
    """The sizes that differ, each once."""
    seen = set()
    for at, name in OPERANDS:
        mine, theirs = _last(view.left, left, at), _last(view.right, right, at)
        if mine is not None and theirs is not None and mine != theirs and name not in seen:
            seen.add(name)
            yield Difference(Topic.ATTRIBUTE, Facet.ATTRIBUTES, left, right, name, mine, theirs)


def _last(graph: LayerGraph, layer: Layer, at: int) -> int | None:
    shape = graph.shape(layer.inputs[at]) if at < len(layer.inputs) else None
    return shape[-1] if shape and isinstance(shape[-1], int) else None


def _projections(view: View, difference: Difference) -> Iterator[tuple[str, str]]:
    """The pairs of layers, by path, that make operands of that size, and what stands between."""
    for at, name in OPERANDS:
        if name == difference.name:
            yield from _chain(view, difference, at)


def _chain(view: View, difference: Difference, at: int) -> Iterator[tuple[str, str]]:
    layer, graph = difference.layer, view.left
    while at < len(layer.inputs):
        maker = graph.producers.get(layer.inputs[at])
        twin = view.counterpart(maker, of_left=True) if maker is not None else None
        if maker is None or twin is None or maker.kind not in {*BETWEEN, PROJECTION}:
            return
        yield maker.path, twin.path
        if maker.kind == PROJECTION:
            return
        layer, at = maker, 0


def _caused(
    difference: Difference, causes: dict[tuple[str, str], Key], scales: dict[tuple[str, str], float]
) -> Difference:
    if difference.left is None or difference.right is None or difference.topic not in UNITS or difference.cause:
        return difference
    pair = difference.left.path, difference.right.path
    cause = causes.get(pair)
    if cause is None or cause == difference.key:
        return difference
    explained = _explains_scale(difference, scales[pair]) if pair in scales else difference.name in {"kernel", "target"}
    return replace(difference, cause=cause) if explained else difference


def _explains_scale(difference: Difference, ratio: float) -> bool:
    """Whether each side multiplies scores by 1 / sqrt(size of a head)."""
    left, right = difference.left_value, difference.right_value
    numbers = isinstance(left, int | float) and isinstance(right, int | float) and bool(right)
    return difference.name == "scale" and numbers and isclose(left / right, ratio, rel_tol=EQUAL)
