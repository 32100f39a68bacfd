"""Each position of an axis repeated by an axis of one element that is added, tiled and merged: TensorFlow's way."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph, Value
from parity.graph.provenance import fuse
from parity.kinds import reshaped
from parity.passes._rewrite import rewrite
from parity.passes.canonical.eliminate_dead_code import eliminate_dead_code
from parity.passes.layout.fuse_rearrangements import fuse_rearrangements


def fuse_repeated_rows(graph: LayerGraph) -> LayerGraph:
    """Repeat positions first and add the axis then, so that its merging undoes it."""
    replaced: dict[str, Layer] = {}
    before: dict[str, tuple[Layer, ...]] = {}
    values: dict[str, Value] = {}
    for layer in graph.layers:
        adding = graph.producers.get(layer.inputs[0]) if _copies(layer) else None
        times_of = _times(graph, layer) if adding is not None else ()
        axis = _only(times_of)
        start, end = (graph.shape(adding.inputs[0]) if adding is not None and adding.inputs else None), None
        if adding is None or axis is None or start is None or not _adds(graph, adding, axis):
            continue
        if not _is_merged(graph, layer):
            continue
        end, size, times = graph.shape(layer.outputs[0]), start[axis - 1], times_of[axis]
        if end is None or not isinstance(size, int):
            continue
        wide = (*start[: axis - 1], size * times, *start[axis:])
        repeats = tuple(times if at == axis - 1 else 1 for at in range(len(start)))
        middle = f"{layer.outputs[0]}:repeated"
        settings = {"repeats": repeats, "interleaved": size != 1}
        made = replace(layer, kind="tile", attributes=settings, inputs=adding.inputs, outputs=(middle,))
        apart = replace(layer, path=f"{layer.path}:apart", kind="reshape", attributes=reshaped(wide, end))
        before[layer.path] = (fuse(made, (adding,), f"{layer.source} repeats each position"),)
        replaced[layer.path] = replace(apart, inputs=(middle,))
        values[middle] = Value(wide, None)
    done = rewrite(graph, replaced=replaced, before=before, values=values)
    return graph if done is graph else eliminate_dead_code(fuse_rearrangements(done))


def _copies(layer: Layer) -> bool:
    plain = len(layer.inputs) == len(layer.outputs) == 1 and not layer.weights
    return plain and (layer.kind == "expand" or (layer.kind == "tile" and not layer.attributes["interleaved"]))


def _times(graph: LayerGraph, layer: Layer) -> tuple[int, ...]:
    """How many copies there are along each axis; none where that is not known."""
    if layer.kind == "tile":
        return tuple(layer.attributes["repeats"])
    before, after = graph.shape(layer.inputs[0]), graph.shape(layer.outputs[0])
    if before is None or after is None or len(before) != len(after):
        return ()
    pairs = list(zip(before, after, strict=True))
    grown = [new if old == 1 and isinstance(new, int) else 0 for old, new in pairs]
    return tuple(1 if old == new else times for (old, new), times in zip(pairs, grown, strict=True))


def _only(times: tuple[int, ...]) -> int | None:
    """The one axis that is repeated, if it has another before it."""
    axes = [at for at, each in enumerate(times) if each != 1]
    return axes[0] if len(axes) == 1 and axes[0] and times[axes[0]] > 1 else None


def _adds(graph: LayerGraph, layer: Layer, axis: int) -> bool:
    """Whether a layer adds an axis of one element at a place, and leaves the others as they are."""
    if layer.kind != "reshape" or layer.weights or len(layer.inputs) != 1 or layer.attributes.get("kept") is None:
        return False
    before, after = graph.shape(layer.inputs[0]), graph.shape(layer.outputs[0])
    return before is not None and after == (*before[:axis], 1, *before[axis:])


def _is_merged(graph: LayerGraph, layer: Layer) -> bool:
    """Whether all that takes the copies lays them out anew: those that lie along an axis of their own stay there."""
    users = graph.consumers.get(layer.outputs[0], ())
    return bool(users) and layer.outputs[0] not in graph.outputs and all(user.kind == "reshape" for user in users)
