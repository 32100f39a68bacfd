"""Tensors that are stacked, and laid one after the other along the next axis then, are concatenated along that.

Rotary embeddings are written in both ways: ``torch.cat((-b, a), -1)`` is Keras' ``stack([-b, a], -2)`` behind which
``reshape`` merges both axes again.
"""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import joined, merge_notes, only_consumer, rewrite


def fuse_stacks(graph: LayerGraph) -> LayerGraph:
    """Let what merges the axis of a stack into the next one concatenate what is stacked."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in graph.layers:
        after = only_consumer(graph, layer.outputs[0]) if layer.kind == "concat" and not layer.weights else None
        stacked = _stacked(graph, layer) if after is not None and _merges(graph, layer, after) else None
        if after is None or stacked is None:
            continue
        fused = replace(layer, inputs=stacked, outputs=after.outputs, attributes={"axis": _axis(graph, layer)})
        replaced[after.path] = replace(
            fused,
            path=after.path,
            sources=joined(layer, after),
            notes=merge_notes(layer, after, f"{after.source} lays what is stacked one after the other"),
        )
        dropped.add(layer.path)
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _axis(graph: LayerGraph, layer: Layer) -> int | None:
    """The axis of a concatenation from the front; None where the rank or the axis is not known."""
    shape, axis = graph.shape(layer.outputs[0]), layer.attributes["axis"]
    return axis % len(shape) if shape and isinstance(axis, int) else None


def _stacked(graph: LayerGraph, layer: Layer) -> tuple[str, ...] | None:
    """What a concatenation stacks: all that it takes has been given the axis of one element along which it joins."""
    axis, found = _axis(graph, layer), list[str]()
    for value in layer.inputs:
        maker = graph.producers.get(value)
        plain = maker is not None and maker.kind == "reshape" and len(maker.inputs) == 1 and not maker.weights
        if maker is None or not plain or maker.attributes.get("order") is not None:
            return None
        before, after = graph.shape(maker.inputs[0]), graph.shape(value)
        if axis is None or before is None or after != (*before[:axis], 1, *before[axis:]) or _free(before) > 1:
            return None
        found.append(maker.inputs[0])
    return tuple(found)


def _merges(graph: LayerGraph, layer: Layer, after: Layer) -> bool:
    """Whether a reshape merges the axis of a concatenation and the next one, and leaves the others."""
    axis, before, target = _axis(graph, layer), graph.shape(layer.outputs[0]), graph.shape(after.outputs[0])
    if after.kind != "reshape" or after.weights or after.attributes.get("order") is not None or len(after.inputs) != 1:
        return False
    if axis is None or before is None or target is None or axis + 1 >= len(before) or _free(before) > 1:
        return False
    here, following = before[axis : axis + 2]
    if not isinstance(here, int) or not isinstance(following, int):
        return False
    return target == (*before[:axis], here * following, *before[axis + 2 :])


def _free(shape: tuple[object, ...]) -> int:
    """How many sizes are not known, of which a reshape tells one at most."""
    return sum(not isinstance(size, int) for size in shape)
