"""What frameworks do in their own ways: the order of axes that models take, and how batch norms keep statistics."""

from collections.abc import Iterator
from math import prod

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.comparison._interfaces import labels, matched_axes
from parity.comparison.shapes import places_fit
from parity.graph import Census, Evidence, Framework, Layer, LayerGraph, Unknown, Value
from parity.graph.origin import home

ESTIMATOR, FROZEN_NORM = "running variance", "frozen batch norm"
ESTIMATORS = {Framework.KERAS: "divided by n", Framework.TORCH: "divided by n - 1"}
FREEZING = {Framework.KERAS: "moving statistics", Framework.TORCH: "statistics of the batch"}
"""What a batch norm whose weights are frozen normalises by while the rest is trained."""

LAYOUT_UNKNOWN = Unknown(
    "the sizes also match without a transposition, and only reductions over an axis suggest what each axis means",
    "build both models for inputs whose axes have different sizes",
)

GLOBAL_POOLING = {"global_max_pool", "global_average_pool"}
TELL_NOTHING = {
    *("input", "region", "activation", "elementwise", "reduce", "permute", "reshape", "flatten", "cast", "identity")
}


FEW = 32
"""Positions of a sample, for each channel, from which on two estimates of 32 samples differ by less than 1 in 1,000."""


def differences(view: View) -> Iterator[Difference]:
    """The layout of inputs and outputs, and conventions of training, each once for all layers or for each pair."""
    if view.left.evidence is Evidence.GRAPH is view.right.evidence:
        yield from _layouts(view)
    frameworks = view.left.framework, view.right.framework
    if set(frameworks) == ESTIMATORS.keys() and not (view.left.inference_only or view.right.inference_only):
        yield from _norms(view)


def _layouts(view: View) -> Iterator[Difference]:
    inputs = [_moved(view, *pair) for pair in _inputs(view)]
    found = [each for each in inputs if each is not None]
    if found:
        lefts, rights = ([each[at] for each in found] for at in (0, 1))
        values = "; ".join(dict.fromkeys(lefts)), "; ".join(dict.fromkeys(rights))
        told = any(_tells_axes(graph, layer) for graph in (view.left, view.right) for layer in graph.layers)
        unknown = None if told or not _fit_as_they_are(view) else LAYOUT_UNKNOWN
        yield Difference(Topic.INPUT_LAYOUT, Facet.SHAPES, None, None, "axes", *values, unknown=unknown)


def _tells_axes(graph: LayerGraph, layer: Layer) -> bool:
    """Whether a layer tells which axis is which: by its weights, or by a class that is for spatial axes.

    A mean over an axis does not: which one it is for follows from the order of the axes, and not the other way round.
    tf2onnx writes any mean over the last axes as a pooling (measured with 1.17).
    """
    shape = graph.shape(layer.inputs[0]) if layer.inputs else None
    written = graph.framework is Framework.ONNX and home(graph) is Framework.KERAS
    reduces = layer.kind in GLOBAL_POOLING and (written or "pool" not in layer.op.lower())
    elsewhere = layer.kind in TELL_NOTHING and not layer.weights
    return shape is not None and len(shape) > 2 and not reduces and not elsewhere


def _fit_as_they_are(view: View) -> bool:
    """Whether the right model takes what the left one does, as it is."""
    values = [(view.left.values[a.outputs[0]], view.right.values[b.outputs[0]]) for a, b in _inputs(view)]
    return all(places_fit(mine, theirs) for mine, theirs in values)


def _inputs(view: View) -> list[tuple[Layer, Layer]]:
    return [pair for pair in view.pairs if pair[0].kind == "input"]


def _moved(view: View, left: Layer, right: Layer) -> tuple[str, str] | None:
    """The axes of two inputs, where the models take the same ones in another order."""
    mine, theirs = view.left.values[left.outputs[0]], view.right.values[right.outputs[0]]
    order = matched_axes(view, mine, theirs)
    return labels(mine, order) if order is not None and order != tuple(range(len(order))) else None


def _norms(view: View) -> Iterator[Difference]:
    if fewest(view) < FEW:
        values = ESTIMATORS[view.left.framework], ESTIMATORS[view.right.framework]
        yield Difference(Topic.CONVENTION, Facet.ATTRIBUTES, None, None, ESTIMATOR, *values)
    for left, right in _statistics(view):
        if _is_frozen(left) and _is_frozen(right):
            values = FREEZING[view.left.framework], FREEZING[view.right.framework]
            yield Difference(Topic.CONVENTION, Facet.ATTRIBUTES, left, right, FROZEN_NORM, *values)


def fewest(view: View) -> int:
    """How many numbers of one sample the statistics of a trained batch norm are made of, where they are fewest."""
    trained = [pair for pair in _statistics(view) if not all(map(_is_frozen, pair))]
    return min((size for pair in trained if (size := _positions(view, *pair)) is not None), default=FEW)


def _statistics(view: View) -> list[tuple[Layer, Layer]]:
    """The aligned batch norms that keep statistics on both sides."""
    return [pair for pair in view.pairs if pair[0].kind == "batch_norm" and all(map(_keeps, pair))]


def _keeps(layer: Layer) -> bool:
    return layer.weight("moving_variance") is not None


def _is_frozen(layer: Layer) -> bool:
    """Whether its scale and offset are known not to be trained."""
    found = [weight for role in ("gamma", "beta") if (weight := layer.weight(role)) is not None]
    return bool(found) and all(each.census is Census.FROZEN and not each.presumed for each in found)


def _positions(view: View, left: Layer, right: Layer) -> int | None:
    """How many numbers of one sample a channel's statistics are made of, as far as either side tells."""
    sides = ((view.left, left), (view.right, right))
    values = [graph.values.get(layer.inputs[0]) for graph, layer in sides if layer.inputs]
    return next((size for value in values if (size := _space(value)) is not None), None)


def _space(value: Value | None) -> int | None:
    if value is None or value.shape is None or value.axes is None:
        return None
    rest = [size for size, axis in zip(value.shape, value.axes, strict=True) if axis not in {"N", "C"}]
    known = [size for size in rest if isinstance(size, int)]
    return prod(known) if len(known) == len(rest) else None
