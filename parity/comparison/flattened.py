"""Flatten layers, and reshapes that undo one: in which order the merged axis runs."""

from collections.abc import Iterator

from parity.comparison._contract import Difference, Facet, Topic, View
from parity.comparison._rows import ROWS, absorbed_by_weights, in_other_rows, made_by_weights
from parity.comparison.orders import decided
from parity.comparison.shapes import places_fit
from parity.graph import Layer, LayerGraph, Unknown, Value
from parity.graph.origin import home
from parity.passes.canonical.name_axes import MERGED

ROWS_UNKNOWN = Unknown(
    "the sizes agree in another order, and no layer shows what each axis means, so the order of the rows is not known",
    "build both models for inputs with the axes in the same order",
)

ROWS_UNTOLD = Unknown(
    "one side takes the axes in another order, and no layer shows what each axis means",
    "compare the outputs (--outputs), or build both models for inputs of which a convolution tells the axes",
)


def rows(view: View, left: Layer, right: Layer) -> Iterator[Difference]:
    """The order in which two Flatten layers merge axes, or two Reshapes make them of one, where that order shows."""
    graphs = view.left, view.right
    spread = unfolded(left, right, graphs)
    if spread is not None and spread[0] != spread[1]:
        yield in_other_rows(left, right, *spread, made_up=made_by_weights(view.right, right))
    if spread is not None or decided(view, left, right):
        return
    before = graphs[0].values.get(left.inputs[0]), graphs[1].values.get(right.inputs[0])
    if not _merges(before[0]) or not _merges(before[1]):
        return
    a, b = _last(graphs[0], left), _last(graphs[1], right)
    if (a is None or b is None) and home(graphs[0]) is home(graphs[1]):
        a, b = _by_place(left, before[0]), _by_place(right, before[1])
    if left.kind == "flatten" and a is not None and b is not None:
        if a != b:
            yield in_other_rows(left, right, a, b, made_up=absorbed_by_weights(view.right, right))
    elif before[0] is not None and before[1] is not None and not places_fit(before[0], before[1]):
        yield Difference(Topic.ROW_ORDER, Facet.SHAPES, left, right, ROWS, a, b, unknown=ROWS_UNKNOWN)
    elif (orders := (_by_place(left, before[0]), _by_place(right, before[1])))[0] != orders[1] and None not in orders:
        yield Difference(Topic.ROW_ORDER, Facet.SHAPES, left, right, ROWS, *orders, unknown=ROWS_UNTOLD)


def _by_place(layer: Layer, before: Value | None) -> str | None:
    """The order in which a Flatten merges axes, by their places: those of models of one home are the same ones."""
    if layer.kind != "flatten" or before is None or before.shape is None:
        return None
    return "*".join(map(str, layer.attributes.get("order") or range(1, len(before.shape))))


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
        if before.shape is None or len(before.shape) != 2 or len(after.shape) <= 2 or None in after.axes:
            return None
        orders.append(dict(zip(after.axes[1:], after.shape[1:], strict=True)))
    if orders[0] != orders[1]:
        return None
    first, second = ("*".join(name for name, size in each.items() if name and size != 1) for each in orders)
    return first, second


def _merges(value: Value | None) -> bool:
    """Whether more than one axis besides the batch has more than one element, so that their order shows."""
    return value is not None and value.shape is not None and sum(size != 1 for size in value.shape[1:]) > 1


def _last(graph: LayerGraph, layer: Layer) -> str | None:
    """The name of the last axis; None for a Flatten of which it does not tell the axes that are merged."""
    value = graph.values.get(layer.outputs[0])
    name = value.axes[-1] if value is not None and value.axes else None
    return name if layer.kind != "flatten" or (name is not None and MERGED in name) else None
