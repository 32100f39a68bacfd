"""Where two models part: the error of every aligned layer, and which layers make it themselves."""

from collections.abc import Iterator, Sequence
from itertools import permutations
from math import prod

from parity.comparison import View
from parity.errors import ParityError
from parity.evaluation import Budget, Evaluated, run
from parity.graph import Layer, LayerGraph
from parity.kinds import COMMUTATIVE
from parity.outputs._contract import Apart, Array, LayerError
from parity.outputs._elements import as_right, error
from parity.outputs._inputs import Inputs
from parity.outputs._recorded import evaluated
from parity.outputs._sides import Sides

HELD = 1 << 27
"""Elements that may be held at a time, of both models together."""


def layer_errors(sides: Sides, inputs: Inputs, rtol: float) -> tuple[LayerError, ...]:
    """The errors of the layers, in the order of the left graph; none where both models are too large to be held.

    Args:
        sides: both models, compared before any part of them was taken as one.
        inputs: what both are given.
        rtol: above this error a layer is evaluated again, with what the left one works on.
    """
    view = sides.view
    pairs = [pair for pair in view.pairs if pair[0].kind != "input" and pair[0].outputs and pair[1].outputs]
    wanted = [[value for layer in layers for value in _ends(layer)] for layers in zip(*pairs, strict=True)]
    if not pairs or sum(map(_held, (view.left, view.right), wanted)) > HELD:
        return ()
    try:
        left = evaluated(view.left, sides.stored[0], inputs.left, sides.recorded[0], wanted=wanted[0])
        right = evaluated(view.right, sides.stored[1], inputs.right, sides.recorded[1], wanted=wanted[1])
    except ParityError:  # the passes have left another shape than the arrays have
        return ()
    return tuple(_errors(sides, pairs, left, right, rtol))


def _ends(layer: Layer) -> tuple[str, ...]:
    return (*layer.inputs, layer.outputs[0])


def _held(graph: LayerGraph, values: Sequence[str]) -> int:
    """How many elements values have; free sizes count as those that are drawn."""
    shapes = [graph.shape(value) or () for value in {*values}]
    return sum(prod(size if isinstance(size, int) else 2 for size in shape) for shape in shapes)


def _errors(
    sides: Sides, pairs: Sequence[tuple[Layer, Layer]], left: Evaluated, right: Evaluated, rtol: float
) -> Iterator[LayerError]:
    for a, b in pairs:
        if a.outputs[0] not in left.values or b.outputs[0] not in right.values:
            continue
        expected = as_right(left.values[a.outputs[0]], sides.view, sides.forms, a.outputs[0], b.outputs[0])
        if expected is None:
            continue
        found = error(expected, right.values[b.outputs[0]]).rel_l2
        isolated, apart = None, None
        if found > rtol:
            isolated = _isolated(sides, a, b, left, expected, rtol)
            arrays = left.values[a.outputs[0]], right.values[b.outputs[0]]
            apart = _apart(sides, (a.outputs[0], b.outputs[0]), arrays, expected)
        yield LayerError(a.source, b.source, (a.path, b.path), found, isolated, apart)


def _apart(sides: Sides, ends: tuple[str, str], arrays: tuple[Array, Array], expected: Array) -> Apart | None:
    """Both arrays in numbers, and where they are furthest apart; None where they have other sizes."""
    import numpy as np

    left, right = arrays
    if expected.shape != right.shape or not right.size:
        return None
    gap = np.abs(np.asarray(expected, "float64") - np.asarray(right, "float64"))
    at = int(np.nan_to_num(gap, nan=np.inf).argmax())
    numbered = as_right(np.arange(left.size).reshape(left.shape), sides.view, sides.forms, *ends)
    mine = int(numbered.ravel()[at]) if numbered is not None else at
    places = tuple(tuple(map(int, np.unravel_index(n, each.shape))) for n, each in ((mine, left), (at, right)))
    means, spreads = ((float(left.mean()), float(right.mean())), (float(left.std()), float(right.std())))
    return Apart(means, spreads, (places[0], places[1]), (float(left.ravel()[mine]), float(right.ravel()[at])))


def _isolated(sides: Sides, left: Layer, right: Layer, values: Evaluated, expected: Array, rtol: float) -> bool | None:
    """Whether the right layer makes something else of what the left one works on; None where that cannot be told."""
    given = _handed(sides, left, right, values)
    if given is None:
        return None
    try:
        found = run(sides.view.right, sides.stored[1], given, wanted=right.outputs[:1], budget=Budget())
    except ParityError:  # it takes something of another shape
        return None
    made = found.values.get(right.outputs[0])
    return None if made is None else error(expected, made).rel_l2 > rtol


def _handed(sides: Sides, left: Layer, right: Layer, values: Evaluated) -> dict[str, Array] | None:
    """What the left layer works on, as the right one takes it."""
    if len(left.inputs) != len(right.inputs) or not left.inputs:
        return None
    orders: list[tuple[str, ...]] = [left.inputs]
    if left.attributes.get("function") in COMMUTATIVE and len(left.inputs) == 2:
        orders = [*permutations(left.inputs)]
    known = [order for order in orders if all(map(sides.forms, order, right.inputs))]
    found: dict[str, Array] = {}
    for value, other in zip((known or orders)[0], right.inputs, strict=True):
        array = values.values.get(value)
        turned = as_right(array, sides.view, sides.forms, value, other) if array is not None else None
        if turned is None:
            return None
        found[other] = turned
    return found


def first_divergence(sides: Sides, layers: Sequence[LayerError], rtol: float, worst: float) -> LayerError | None:
    """Where the models part: a layer that is at fault itself, or one that only one side has before such as pass it on.

    Args:
        sides: both models.
        layers: the errors of aligned layers.
        rtol: what is no error.
        worst: the error of the outputs.
    """
    view = sides.view
    first = next((each for each in layers if each.rel_l2 > rtol), None)
    if first is None:
        lefts, rights = [a for a, _ in view.ends], [b for _, b in view.ends]
        ends = [_lone(view, lefts, of_left=True), _lone(view, rights, of_left=False)]
        return _of_one_side(ends, worst) if layers and worst > rtol else None
    if first.isolated:
        return first
    a, b = view.left_layers[first.layers[0]], view.right_layers[first.layers[1]]
    lone = [_lone(view, a.inputs, of_left=True), _lone(view, b.inputs, of_left=False)]
    return _of_one_side(lone, first.rel_l2) or first


def _lone(view: View, values: Sequence[str], *, of_left: bool) -> Layer | None:
    """The first layer without a counterpart among those that make values, back to layers that have one."""
    graph, found = view.left if of_left else view.right, None
    waiting, seen = list(values), set[str]()
    while waiting:
        layer = graph.producers.get(waiting.pop())
        if layer is None or layer.path in seen or view.counterpart(layer, of_left=of_left) is not None:
            continue
        seen.add(layer.path)
        found = layer if layer.inputs else found
        waiting += layer.inputs
    return found


def _of_one_side(layers: Sequence[Layer | None], rel_l2: float) -> LayerError | None:
    left, right = layers
    if left is None and right is None:
        return None
    names = ["" if layer is None else layer.source for layer in layers]
    paths = ["" if layer is None else layer.path for layer in layers]
    return LayerError(names[0], names[1], (paths[0], paths[1]), rel_l2, isolated=True)
