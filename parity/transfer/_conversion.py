"""A weight of the left as its counterpart on the right stands: its axes, gates and rows in their order."""

from collections.abc import Iterator
from math import prod

from parity.axes import rearrangement
from parity.graph import Layer, LayerGraph, Weight
from parity.graph.origin import home
from parity.transfer._contract import Sides
from parity.transfer._expression import Expression, gates, permute, reshape
from parity.transfer._rows import IN, OUT, Rows
from parity.transfer._stored import of_weight

ROW_AXES = {IN: ("in", "c"), OUT: ("out", "dim")}
"""The names that an axis along rows has among those of weights."""


UNNAMED = "."
"""What stands for the one axis that has no name."""


def converted(
    sides: Sides, left: Layer, right: Layer, own: Weight, weight: Weight, of: Expression | None = None
) -> Expression | str:
    """A weight of the left, or what is computed of it, as that of the right stands; or why that cannot be told."""
    found = of or of_weight(own, sides.left)
    if found is None:
        return f"{own.name} is not among the stored tensors of its model"
    if prod(own.shape) != prod(weight.shape):
        return f"{own.name} has the shape {own.shape}, where {weight.shape} is needed"
    turned = _turned(sides, left, right, own, weight, found)
    if isinstance(turned, str):
        return turned
    return _in_order(sides, left, right, weight, turned)


def _turned(
    sides: Sides, left: Layer, right: Layer, own: Weight, weight: Weight, found: Expression
) -> Expression | str:
    mine = own.axes or _axes_of(sides.view.left, left, own)
    theirs = weight.axes or _axes_of(sides.view.right, right, weight)
    steps = rearrangement(mine, own.shape, theirs, weight.shape) if mine and theirs else None
    if steps is not None and prod(steps[0]) == weight.numel:
        return reshape(permute(reshape(found, steps[0]), steps[1]), weight.shape)
    long = [[size for size in each.shape if size != 1] for each in (own, weight)]
    one_home = home(sides.view.left) is home(sides.view.right)
    if long[0] == long[1] and (len(long[0]) <= 1 or (one_home and own.shape == weight.shape)):
        return reshape(found, weight.shape)
    return f"the axes of {own.name} are not known"


def _axes_of(graph: LayerGraph, layer: Layer, weight: Weight) -> str:
    """The names of the axes of a weight that is used element by element, from those of what it meets.

    One without a name is told by the others that have one: that of the steps, mostly.
    """
    value = graph.values.get(layer.inputs[0]) if layer.inputs else None
    if value is None or value.axes is None or not 1 < len(weight.shape) <= len(value.axes):
        return ""
    names = value.axes[-len(weight.shape) :]
    return " ".join(name or UNNAMED for name in names) if len({*names}) == len(names) else ""


def _in_order(sides: Sides, left: Layer, right: Layer, weight: Weight, value: Expression) -> Expression | str:
    """With gates and rows in the order of the right."""
    axes = weight.axes.split()
    orders = [str(layer.attributes.get("gate_order") or "").split() for layer in (left, right)]
    if orders[0] != orders[1]:
        if sorted(orders[0]) != sorted(orders[1]):
            return "its gates are not the same"
        places = [orders[0].index(gate) for gate in orders[1]]
        for at, axis in enumerate(axes):
            if axis.split("*")[0] == "gate":
                value = gates(value, at, places)
    if right.path in sides.orders.unsure:
        return "the order of its rows is not known"
    for number, rows in rows_of(sides, right, weight):
        ordered = rows.applied(value, number)
        if ordered is None:
            return "the order of its rows does not match its size"
        value = ordered
    return value


def rows_of(sides: Sides, right: Layer, weight: Weight) -> Iterator[tuple[int, Rows]]:
    """The stretches of a weight's axes that run in another order than on the left."""
    axes = weight.axes.split()
    for side, names in ROW_AXES.items():
        # What is used element by element has its last axis along the rows.
        along = [number for number, axis in enumerate(axes) if axis in names]
        along = along or ([] if axes or not weight.shape else [len(weight.shape) - 1])
        if along and weight.shape[along[0]] != 1:
            yield from ((along[0], rows) for rows in sides.orders.found.get((right.path, side), ()))
