"""Group normalisation that an exporter writes as instance normalisation of groups is put together again."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph, Weight
from parity.graph.provenance import fuse
from parity.passes._rewrite import only_consumer, rewrite


def fuse_group_norm(graph: LayerGraph) -> LayerGraph:
    """Join the reshape to groups, their normalisation, the reshape back, and gamma and beta for each channel."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    roles: dict[str, Weight] = {}
    for layer in graph.layers:
        found = _around(graph, layer)
        if found is None:
            continue
        before, after = found
        last, weights, taken = _affine(graph, after)
        if after is layer and len(weights) < 2:
            continue
        shape = graph.shape(last.outputs[0]) or ()
        attributes = {**layer.attributes, "axis": 1 - len(shape), "rank": len(shape), "features": shape[1]}
        made = replace(last, kind=layer.kind, attributes=attributes, inputs=before.inputs, weights=weights, op=layer.op)
        parts = (layer, *(each for each in (before, after) if each is not layer), *taken)
        replaced[last.path] = fuse(made, parts, f"{len(parts)} operators that are group norm")
        dropped |= {each.path for each in parts if each.path != last.path}
        roles |= {weight.name: weight for weight in weights}
    return rewrite(graph, replaced=replaced, dropped=dropped, weights=roles)


def _around(graph: LayerGraph, layer: Layer) -> tuple[Layer, Layer] | None:
    """The reshapes to groups and back, around a normalisation of each group without weights.

    That itself, twice, where the groups are the channels, which are all in one row already.
    """
    if layer.kind != "group_norm" or layer.weights or not layer.outputs:
        return None
    return _reshaped(graph, layer) or _of_channels(graph, layer)


def _of_channels(graph: LayerGraph, layer: Layer) -> tuple[Layer, Layer] | None:
    given = graph.shape(layer.inputs[0]) or ()
    fits = len(given) == 3 and layer.attributes["groups"] == given[1] and layer.attributes["axis"] == 1 - 3
    return (layer, layer) if fits else None


def _reshaped(graph: LayerGraph, layer: Layer) -> tuple[Layer, Layer] | None:
    before, after = graph.producers.get(layer.inputs[0]), only_consumer(graph, layer.outputs[0])
    if before is None or after is None or {before.kind, after.kind} != {"reshape"} or before.weights:
        return None
    shape, groups = graph.shape(before.inputs[0]), graph.shape(layer.inputs[0])
    same = shape is not None and shape == graph.shape(after.outputs[0]) and only_consumer(graph, layer.inputs[0])
    if not same or shape is None or groups is None or len(groups) != 3 or len(shape) < 3:
        return None
    count, channels = groups[1], shape[1]
    whole = isinstance(count, int) and isinstance(channels, int) and count > 0 and channels % count == 0
    return (before, after) if whole and groups[0] == shape[0] and layer.attributes["groups"] == count else None


def _affine(graph: LayerGraph, last: Layer) -> tuple[Layer, tuple[Weight, ...], tuple[Layer, ...]]:
    """The last layer, gamma and beta, and the layers that these are from."""
    weights, taken = [], []
    for function, role in (("multiply", "gamma"), ("add", "beta")):
        after, shape = only_consumer(graph, last.outputs[0]), graph.shape(last.outputs[0]) or ()
        operand = after.weight("operand") if after is not None else None
        if after is None or operand is None or after.kind != "elementwise" or len(after.inputs) != 1:
            break
        axis = after.attributes.get("operand_axis")
        if after.attributes.get("function") != function or axis != 1 - len(shape) or operand.numel != shape[1]:
            break
        weights.append(replace(operand, role=role, axes="c", shape=(operand.numel,)))
        taken.append(after)
        last = after
    return last, tuple(weights), tuple(taken)
