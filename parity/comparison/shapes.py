"""Shapes of values by the meaning of their axes."""

from collections import Counter
from collections.abc import Iterator

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.comparison._rows import absorbed_by_weights, in_other_rows, made_by_weights
from parity.comparison.orders import verdict
from parity.graph import Dim, Layer, LayerGraph, Shape, Unknown, Value

SHAPES = Facet.SHAPES

ORDER_UNKNOWN = Unknown(
    "the sizes agree in another order, and no layer tells what each axis means",
    "build both models for inputs with the axes in the same order",
)
ROWS_UNKNOWN = Unknown(
    "the sizes agree in another order, and no layer tells what each axis means, so neither is the order of the rows "
    "known",
    "build both models for inputs with the axes in the same order",
)


def by_meaning(value: Value | None) -> dict[str, Dim] | list[Dim] | None:
    """Sizes without the batch: by axis name where all are named, else sorted."""
    if value is None or value.shape is None:
        return None
    axes = value.axes
    if axes is not None and None not in axes and len(set(axes)) == len(axes):
        named = zip(axes, value.shape, strict=True)
        return {"*".join(sorted(axis.split("*"))): size for axis, size in named if axis is not None and axis != "N"}
    return sorted(value.shape[1:], key=str)


def agree(left: Value, right: Value) -> bool:
    """Whether two known shapes are the same but for the batch and for sizes that one of them leaves free."""
    mine, theirs = by_meaning(left), by_meaning(right)
    if isinstance(mine, dict) and isinstance(theirs, dict) and mine.keys() == theirs.keys():
        return all(_fits(size, theirs[axis]) for axis, size in mine.items())
    return _agree_unnamed(_rest(left.shape), _rest(right.shape))


def _agree_unnamed(first: Shape, second: Shape) -> bool:
    """Whether the sizes are the same in some order; a free one stands for any."""
    mine, theirs = (Counter(size for size in shape if isinstance(size, int)) for shape in (first, second))
    free = len(first) - mine.total(), len(second) - theirs.total()
    return len(first) == len(second) and (mine - theirs).total() <= free[1] and (theirs - mine).total() <= free[0]


def _rest(shape: Shape | None) -> Shape:
    return shape[1:] if shape else ()


def _fits(mine: Dim, theirs: Dim) -> bool:
    return mine == theirs or not isinstance(mine, int) or not isinstance(theirs, int)


def same_order(left: Value, right: Value) -> bool:
    """Whether sizes that agree agree place by place, or have names that say which is which."""
    if left.axes is not None and right.axes is not None and None not in {*left.axes, *right.axes}:
        return True
    places = zip(_rest(left.shape), _rest(right.shape), strict=True)
    return all(_fits(mine, theirs) for mine, theirs in places)


def of_input(left: Layer, right: Layer, mine: Value, theirs: Value, *, one_framework: bool) -> Iterator[Difference]:
    """What there is to say of two inputs whose sizes agree: those left free on one side, and axes of no known order."""
    if not same_order(mine, theirs):
        unknown = None if one_framework else ORDER_UNKNOWN
        values = mine.shape, theirs.shape
        yield Difference(Topic.INPUT_SHAPE, SHAPES, left, right, "", *values, unknown=unknown)


def free_sizes(left: Layer, right: Layer, mine: Value, theirs: Value) -> Iterator[Difference]:
    """Sizes of an input that one side leaves free and the other fixes."""
    if mine.shape is None or theirs.shape is None or len(mine.shape) != len(theirs.shape):
        return
    for axis, size in _sizes(mine).items():
        other = _sizes(theirs).get(axis)
        if axis in _sizes(theirs) and isinstance(size, int) != isinstance(other, int):
            yield Difference(Topic.FREE_SIZE, SHAPES, left, right, axis, size, other)


def _sizes(value: Value) -> dict[str, Dim]:
    shape = value.shape or ()
    axes = value.axes or ("N", *(None,) * len(shape))[: len(shape)]
    return {axis or str(at): size for at, (axis, size) in enumerate(zip(axes, shape, strict=True))}


FLAT = 2
"""Axes of a value that holds its elements in rows of one axis."""


def rows(view: View, left: Layer, right: Layer) -> Iterator[Difference]:
    """The order in which two Flatten layers merge axes, or two Reshapes make them of one, where that order shows."""
    graphs = view.left, view.right
    spread = unfolded(left, right, graphs)
    if spread is not None and spread[0] != spread[1]:
        yield in_other_rows(left, right, *spread, made_up=made_by_weights(view.right, right))
    if left.kind != "flatten" or verdict(view, left, right) is not None:
        return
    before = graphs[0].values.get(left.inputs[0]), graphs[1].values.get(right.inputs[0])
    if not _merges(before[0]) or not _merges(before[1]):
        return
    a, b = _last(graphs[0], left), _last(graphs[1], right)
    if a is not None and b is not None:
        if _kept(a, before[0]) != _kept(b, before[1]):
            yield in_other_rows(left, right, a, b, made_up=absorbed_by_weights(view.right, right))
    elif before[0] is not None and before[1] is not None and not _in_order(before[0], before[1]):
        yield Difference(Topic.ROW_ORDER, SHAPES, left, right, "rows", a, b, unknown=ROWS_UNKNOWN)


def unfolded(left: Layer, right: Layer, graphs: tuple[LayerGraph, LayerGraph]) -> tuple[str, str] | None:
    """The orders in which two reshapes lay out the rows of one axis, where both make the same axes of them.

    None where a layer is no such reshape, or what its axes mean is not known.
    """
    orders = []
    for layer, graph in zip((left, right), graphs, strict=True):
        if layer.kind != "reshape" or not layer.inputs or not layer.outputs:
            return None
        before, after = graph.values.get(layer.inputs[0]), graph.values.get(layer.outputs[0])
        if before is None or after is None or after.axes is None or after.shape is None:
            return None
        if before.shape is None or len(before.shape) != FLAT or len(after.shape) <= FLAT or None in after.axes:
            return None
        orders.append(dict(zip(after.axes[1:], after.shape[1:], strict=True)))
    if orders[0] != orders[1]:
        return None
    first, second = ("*".join(name for name, size in each.items() if name and size != 1) for each in orders)
    return first, second


def _in_order(left: Value, right: Value) -> bool:
    first, second = _rest(left.shape), _rest(right.shape)
    return len(first) == len(second) and all(_fits(mine, theirs) for mine, theirs in zip(first, second, strict=True))


def _merges(value: Value | None) -> bool:
    """Whether more than one axis besides the batch has more than one element, so that their order shows."""
    return value is not None and value.shape is not None and sum(size != 1 for size in value.shape[1:]) > 1


def _last(graph: LayerGraph, layer: Layer) -> str | None:
    value = graph.values.get(layer.outputs[0])
    return value.axes[-1] if value is not None and value.axes else None


def _kept(order: str, before: Value | None) -> list[str]:
    """The merged axes that have more than one element, in the order of the rows."""
    names = order.split("*")
    if before is None or before.shape is None or before.axes is None:
        return names
    sizes = dict(zip(before.axes, before.shape, strict=True))
    return [name for name in names if sizes.get(name) != 1]
