"""A convolution over images of one row, between an axis that is added and dropped again, is one over sequences."""

from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Shape, Value, Weight
from parity.kinds import reshaped
from parity.passes._rewrite import joined, merge_notes, only_consumer, rewrite

WINDOWS = {"conv", "max_pool", "average_pool"}
PER_AXIS = {"kernel_size": 1, "pool_size": 1, "strides": 1, "dilation": 1, "padding": (0, 0)}
"""Settings with an entry for each spatial axis, and what that is where the axis has one element."""


def fuse_unit_axes(graph: LayerGraph) -> LayerGraph:
    """Work on sequences wherever an image of one row stands for one."""
    graph = _axis_last(graph)
    replaced: dict[str, Layer] = {}
    dropped = set()
    values: dict[str, Value] = {}
    for layer in graph.layers:
        before = graph.producers.get(layer.inputs[0]) if _slides(layer) else None
        added = (
            _added(graph.shape(before.inputs[0]), graph.shape(layer.inputs[0])) if before and _plain(before) else None
        )
        if before is None or added is None:
            continue
        row, after = _row(graph, layer)
        gone = after is not None and _drops(graph.shape(row[-1].outputs[0]), graph.shape(after.outputs[0]), added)
        narrow = [made for each in row if gone and (made := _without(each, added)) is not None]
        if after is None or len(narrow) < len(row):
            continue
        note = f"{before.source} adds an axis of one element for it, which {after.source} drops"
        for at, (each, made) in enumerate(zip(row, narrow, strict=True)):
            last, value = at == len(row) - 1, graph.values[each.outputs[0]]
            replaced[each.path] = replace(
                made,
                inputs=before.inputs if at == 0 else each.inputs,
                outputs=after.outputs if last else each.outputs,
                sources=joined(replace(each, sources=joined(each, before)), after),
                notes=merge_notes(each, after, note),
            )
            shape = value.shape or ()
            values[each.outputs[0]] = replace(value, shape=(*shape[:added], *shape[added + 1 :]), axes=None)
        dropped.add(after.path)
    done = rewrite(graph, replaced=replaced, dropped=dropped, values=values)
    unused = {each.path for each in done.layers if _plain(each) and each.outputs[0] not in _used(done)}
    return rewrite(done, dropped=unused & {layer.path for layer in graph.layers if _feeds(graph, layer, replaced)})


def _slides(layer: Layer) -> bool:
    return layer.kind in WINDOWS and len(layer.inputs) == 1


def _row(graph: LayerGraph, first: Layer) -> tuple[list[Layer], Layer | None]:
    """Windows right after each other, of which a separable convolution has two; and the reshape after them."""
    row = [first]
    while (after := only_consumer(graph, row[-1].outputs[0])) is not None and _slides(after):
        row.append(after)
    return row, after if after is not None and _plain(after) else None


def _used(graph: LayerGraph) -> set[str]:
    return {*graph.outputs, *graph.consumers}


def _feeds(graph: LayerGraph, layer: Layer, replaced: dict[str, Layer]) -> bool:
    users = graph.consumers.get(layer.outputs[0], ()) if layer.outputs else ()
    return bool(users) and all(user.path in replaced for user in users)


def _plain(layer: Layer) -> bool:
    return layer.kind == "reshape" and len(layer.inputs) == len(layer.outputs) == 1 and not layer.weights


def _axis_last(graph: LayerGraph) -> LayerGraph:
    """Add an axis after a transposition and not before it, so that it stands right before the convolution."""
    replaced: dict[str, Layer] = {}
    values = dict(graph.values)
    for layer in graph.layers:
        after = only_consumer(graph, layer.outputs[0]) if _plain(layer) else None
        if after is None or after.kind != "permute" or after.weights:
            continue
        before, middle = graph.shape(layer.inputs[0]), graph.shape(layer.outputs[0])
        at, end = _added(before, middle), graph.shape(after.outputs[0])
        if at is None or before is None or end is None or not all(u.kind in WINDOWS for u in _users(graph, after)):
            continue
        order = tuple(axis - (axis > at) for axis in after.attributes["order"] if axis != at)
        turned = tuple(before[axis] for axis in order)
        values[layer.outputs[0]] = replace(values[layer.outputs[0]], shape=turned, axes=None)
        replaced[layer.path] = replace(layer, kind="permute", attributes={"order": order})
        replaced[after.path] = replace(after, kind="reshape", attributes=reshaped(turned, end))
    return replace(rewrite(graph, replaced=replaced), values=values) if replaced else graph


def _users(graph: LayerGraph, layer: Layer) -> tuple[Layer, ...]:
    return graph.consumers.get(layer.outputs[0], ())


def _added(narrow: Shape | None, wide: Shape | None) -> int | None:
    """The axis of one element that the wider shape has more."""
    if narrow is None or wide is None or len(wide) != len(narrow) + 1:
        return None
    return next((at for at in range(1, len(wide)) if wide[at] == 1 and wide[:at] + wide[at + 1 :] == narrow), None)


def _drops(wide: Shape | None, narrow: Shape | None, axis: int) -> bool:
    """Whether the narrower shape is the wider one without an axis of one element, be there others of these too."""
    return wide is not None and narrow is not None and wide[axis] == 1 and (*wide[:axis], *wide[axis + 1 :]) == narrow


def _without(layer: Layer, axis: int) -> Layer | None:
    """A window without one of its spatial axes; None where something is done along that."""
    first = layer.attributes["data_format"] == "channels_first"
    at = axis - (2 if first else 1)
    sizes = layer.attributes.get("kernel_size", layer.attributes.get("pool_size", ()))
    if not 0 <= at < len(sizes) or len(sizes) < 2 or isinstance(layer.attributes["padding"], str):
        return None
    attributes: dict[str, Any] = dict(layer.attributes)
    for name, neutral in PER_AXIS.items():
        if name in attributes:
            if name != "strides" and (not isinstance(attributes[name], tuple) or attributes[name][at] != neutral):
                return None
            attributes[name] = attributes[name][:at] + attributes[name][at + 1 :]
    weights = tuple(_narrow(weight, at, len(sizes)) if weight.role == "kernel" else weight for weight in layer.weights)
    if None in weights:
        return None
    return replace(layer, attributes=attributes, weights=tuple(weight for weight in weights if weight is not None))


def _narrow(weight: Weight, at: int, rank: int) -> Weight | None:
    """A kernel without a spatial axis; those that are left have the names that they have in a kernel of that rank."""
    names, spatial = weight.axes.split(), ("kd", "kh", "kw")
    gone = spatial[-rank:][at]
    if gone not in names or weight.shape[names.index(gone)] != 1:
        return None
    place = names.index(gone)
    rest = iter(spatial[-(rank - 1) :])
    axes = " ".join(next(rest) if name in spatial else name for name in names if name != gone)
    return replace(weight, axes=axes, shape=weight.shape[:place] + weight.shape[place + 1 :])
