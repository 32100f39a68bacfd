"""Layers as they are when the axes of what they work on come in another order.

``order`` tells for each new axis the old one that it is, as the order of a transposition does.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Shape
from parity.kinds import kind, laid_out, reshaped

Order = tuple[int, ...]
Values = frozenset[str]
Attributes = Mapping[str, Any]
Relay = Callable[[LayerGraph, Layer, Order, Values], Attributes | None]
"""The attributes for another order of the axes of some values; None where they cannot say it."""


def inverse(order: Order) -> Order:
    """The order that undoes another."""
    return tuple(order.index(at) for at in range(len(order)))


def relaid_shape(shape: Shape, order: Order) -> Shape:
    """A shape with its axes in another order."""
    return tuple(shape[at] for at in order)


def relaid(graph: LayerGraph, layer: Layer, order: Order, turned: Values) -> Layer | None:
    """The layer where those of its inputs and outputs that are among ``turned`` have their axes in another order."""
    relay = RELAYS.get(layer.kind)
    attributes = relay(graph, layer, order, turned) if relay is not None else None
    return None if attributes is None else replace(layer, attributes=attributes)


def joined_values(graph: LayerGraph, layer: Layer) -> tuple[str, ...] | None:
    """The values of a layer that have their axes in one order; None where the layer fixes the order itself."""
    shapes = [graph.shape(value) for value in (*layer.inputs, *layer.outputs)]
    if layer.kind not in RELAYS or len(layer.outputs) != 1 or not layer.inputs or None in shapes:
        return None
    if layer.kind in ENDS or layer.attributes.get("keepdims") is False:
        return ()
    rank = len(shapes[-1] or ())
    inputs = layer.inputs[:1] if layer.kind in KERNELS else layer.inputs
    return tuple(value for value in (*inputs, *layer.outputs) if len(graph.shape(value) or ()) == rank)


def _moved(axis: Any, order: Order) -> Any:
    """The number of an axis, or of each of a tuple, after the change, counted from the end it was counted from."""
    if isinstance(axis, tuple):
        return tuple(sorted(_moved(each, order) for each in axis))
    rank = len(order)
    return order.index(axis) if axis >= 0 else order.index(axis + rank) - rank


def _anywhere(_: LayerGraph, layer: Layer, __: Order, ___: Values) -> Attributes:
    return layer.attributes


def _by_axis(graph: LayerGraph, layer: Layer, order: Order, _: Values) -> Attributes | None:
    """What numbers its axes, or none of them; a stored operand must be one that the numbers tell all of."""
    attributes = dict(layer.attributes)
    ranks = {len(graph.shape(value) or ()) for value in layer.inputs}  # fewer axes meet the last ones of the others
    if layer.kind in BY_SAMPLE and order[0] != 0:
        return None  # its first axis is that of the samples
    if not ranks <= {0, len(order)} or _holds_axes(layer) or _has_units(attributes):
        return None
    for name in (name for name, each in kind(layer.kind).attributes.items() if each.is_axis):
        axis = attributes.get(name)
        if axis is None or axis == ():
            continue
        if not isinstance(axis, int) and not (isinstance(axis, tuple) and len(axis) == 1 and isinstance(axis[0], int)):
            return None
        attributes[name] = _moved(axis, order)
    return attributes


def _has_units(attributes: Attributes) -> bool:
    """Whether it treats groups of elements as one, along axes that no number tells."""
    units = attributes.get("units", ELEMENTS)
    return units != ELEMENTS and not (units == CHANNELS and isinstance(attributes.get("axis"), int))


def _holds_axes(layer: Layer) -> bool:
    """Whether a stored operand or an array of numbers has axes of its own that no attribute tells."""
    if layer.kind != "elementwise":
        return layer.attributes.get("operands") is not None
    loose = layer.weights and layer.attributes.get("operand_axis") is None
    return isinstance(layer.attributes.get("operand"), tuple) or bool(loose) or len(layer.weights) > 1


def _by_layout(_: LayerGraph, layer: Layer, order: Order, turned: Values) -> Attributes | None:
    if layer.inputs[0] not in turned:
        return None  # what is turned is the kernel
    layout = laid_out(layer.attributes["data_format"], order)
    return None if layout is None else {**layer.attributes, "data_format": layout}


def _pooled(graph: LayerGraph, layer: Layer, order: Order, turned: Values) -> Attributes | None:
    """What names the axis of channels beside its layout: global pooling, which may drop the axes that move."""
    moved, channels = _by_layout(graph, layer, order, turned), layer.attributes["channels"]
    if moved is None:
        return None
    return {**moved, "channels": _moved(channels, order) if isinstance(channels, int) else channels}


def _for_each_axis(name: str) -> Relay:
    """What has a setting for each axis."""

    def relay(_: LayerGraph, layer: Layer, order: Order, __: Values) -> Attributes | None:
        each = layer.attributes[name]
        return None if len(each) != len(order) else {**layer.attributes, name: relaid_shape(each, order)}

    return relay


def _slice(_: LayerGraph, layer: Layer, order: Order, __: Values) -> Attributes | None:
    axes, bounds = layer.attributes["axes"], layer.attributes["bounds"]
    if layer.weights or len({axis % len(order) for axis in axes}) < len(axes):
        return None
    ranges = {_moved(axis, order): bound for axis, bound in zip(axes, bounds, strict=True)}
    names = tuple(sorted(ranges))
    return {**layer.attributes, "axes": names, "bounds": tuple(ranges[axis] for axis in names)}


def _reduce(_: LayerGraph, layer: Layer, order: Order, turned: Values) -> Attributes | None:
    """A reduction whose other axes keep their order; what it gives has others, whose order is not that of its input."""
    axes, dropped = layer.attributes["axes"], not layer.attributes["keepdims"]
    if axes is None or layer.weights or (dropped and not turned.isdisjoint(layer.outputs)):
        return None
    gone = {axis % len(order) for axis in axes}
    rest = [axis for axis in order if axis not in gone]
    if dropped and rest != sorted(rest):
        return None
    return {**layer.attributes, "axes": _moved(axes, order)}


def _dense(_: LayerGraph, layer: Layer, order: Order, __: Values) -> Attributes | None:
    if layer.attributes.get("operands") is not None:
        return None
    axis = _moved(layer.attributes.get("axis", LAST), order)
    rest = {name: value for name, value in layer.attributes.items() if name != "axis"}
    return rest if axis == LAST else {**rest, "axis": axis}


def _flatten(_: LayerGraph, layer: Layer, order: Order, turned: Values) -> Attributes | None:
    """Flatten can run over the axes in any order, but the first axis stays."""
    if order[0] != 0 or layer.outputs[0] in turned:
        return None
    stored = tuple(range(1, len(order)))
    rows = tuple(order.index(axis) for axis in layer.attributes.get("order") or stored)
    return {} if rows == stored else {"order": rows}


def _reshape(graph: LayerGraph, layer: Layer, order: Order, turned: Values) -> Attributes | None:
    """A change of shape that only axes of one element move in, which is no move of elements."""
    shapes = [(value, graph.shape(value) or ()) for value in (layer.inputs[0], layer.outputs[0])]
    if layer.weights or order[0] != 0 or any(value in turned and not _stays(shape, order) for value, shape in shapes):
        return None
    before, after = (relaid_shape(shape, order) if value in turned else shape for value, shape in shapes)
    return {**layer.attributes, **reshaped(before, after)}


def _stays(shape: Shape, order: Order) -> bool:
    """Whether the order moves no axis of more than one element past another."""
    wide = [axis for axis in order if shape[axis] != 1]
    return wide == sorted(wide)


ELEMENTS, CHANNELS, LAST = "elements", "channels", -1
EVERYWHERE = ("identity", "cast", "gaussian_noise")
BY_SAMPLE = {"group_norm", "instance_norm"}
NORMS = ("batch_norm", "layer_norm", "rms_norm", "group_norm", "instance_norm", "unit_norm")
BY_AXIS = (*NORMS, "activation", "concat", "prelu", "glu", "elementwise", "dropout")
POOLINGS = ("max_pool", "average_pool", "adaptive_average_pool", "adaptive_max_pool")
BY_LAYOUT = (*POOLINGS, "conv", "conv_transpose", "depth_to_space", "space_to_depth")
KERNELS = {"conv", "conv_transpose"}
"""Kinds whose further input is a kernel, which has axes of its own."""

ENDS = {"flatten", "reshape"}
"""Kinds whose input and output have their axes in an order each of its own."""

RELAYS: Mapping[str, Relay] = {
    **dict.fromkeys(EVERYWHERE, _anywhere),
    **dict.fromkeys(BY_AXIS, _by_axis),
    **dict.fromkeys(BY_LAYOUT, _by_layout),
    **dict.fromkeys(("global_average_pool", "global_max_pool", "resize"), _pooled),
    "pad": _for_each_axis("amounts"),
    "tile": _for_each_axis("repeats"),
    "slice": _slice,
    "reduce": _reduce,
    "dense": _dense,
    "flatten": _flatten,
    "reshape": _reshape,
}
