"""A dense layer between a Reshape to rows and the one back is a dense layer on the tensor as it is."""

from dataclasses import replace
from math import prod

from parity.graph import Layer, LayerGraph, Shape, Value
from parity.kinds import reshaped
from parity.passes._rewrite import joined, merge_notes, only_consumer, rewrite

RESHAPES = {"reshape", "flatten"}


def fuse_rows(graph: LayerGraph) -> LayerGraph:
    """Join each dense layer with the two reshapes around it that keep its axis."""
    replaced: dict[str, Layer] = {}
    dropped = set()
    values: dict[str, Value] = {}
    for layer in graph.layers:
        before = graph.producers.get(layer.inputs[0]) if layer.kind == "dense" and len(layer.inputs) == 1 else None
        after = only_consumer(graph, layer.outputs[0]) if before is not None else None
        if before is None or after is None or not _plain(before) or not _plain(after):
            continue
        ends = graph.shape(before.inputs[0]), graph.shape(after.outputs[0])
        if not _same_rows(*ends, graph.shape(layer.inputs[0]), layer):
            before = _whole(graph, before)
            wide = _wide(graph, before, layer, after)
            lifted = _lifted(graph, before, layer, after) if wide is None else None
            if lifted is not None:
                shape, made = lifted
                values[layer.outputs[0]] = replace(graph.values[layer.outputs[0]], shape=shape, axes=None)
                replaced |= {each.path: each for each in made}
            if wide is not None:
                target, made = wide
                value = before.outputs[0]
                values[value] = replace(graph.values[value], shape=target, axes=None)
                replaced |= {each.path: each for each in made}
                dropped.add(after.path)
            continue
        notes = merge_notes(layer, after, f"{before.source} and {after.source} reshape to rows for it and undo that")
        sources = joined(replace(layer, sources=joined(layer, before)), after)
        replaced[layer.path] = replace(layer, inputs=before.inputs, outputs=after.outputs, sources=sources, notes=notes)
        dropped.add(after.path)
        if only_consumer(graph, before.outputs[0]) is not None:
            dropped.add(before.path)
    return rewrite(graph, replaced=replaced, dropped=dropped, values=values)


def _whole(graph: LayerGraph, last: Layer) -> Layer:
    """A reshape and those right before it as one."""
    first, shape = last, graph.shape(last.outputs[0])
    while (maker := graph.producers.get(first.inputs[0])) is not None and _plain(maker):
        first = maker
    if first is last or shape is None:
        return last
    return replace(last, kind="reshape", attributes=reshaped(graph.shape(first.inputs[0]), shape), inputs=first.inputs)


def _wide(graph: LayerGraph, before: Layer, layer: Layer, after: Layer) -> tuple[Shape, tuple[Layer, Layer]] | None:
    """A reshape to the axes that the rows are put back to, and the dense layer on these; with what the reshape makes.

    None where the rows are put to other places, or somebody else uses them.
    """
    start, rows, end = (graph.shape(each) for each in (before.inputs[0], layer.inputs[0], after.outputs[0]))
    alone = only_consumer(graph, before.outputs[0]) is not None and layer.attributes.get("axis", -1) == -1
    if start is None or rows is None or end is None or not alone or end[-1:] != (layer.attributes["units"],):
        return None
    target = (*end[:-1], rows[-1])
    if len(rows) != 2 or len(target) <= 2 or _count(start) is None or _count(start) != _count(target):
        return None
    first = replace(before, kind="reshape", attributes=reshaped(start, target))
    notes = merge_notes(layer, after, f"{before.source} and {after.source} reshape to rows for it and undo that")
    return target, (first, replace(layer, outputs=after.outputs, sources=joined(layer, after), notes=notes))


def _lifted(graph: LayerGraph, before: Layer, layer: Layer, after: Layer) -> tuple[Shape, tuple[Layer, Layer]] | None:
    """A dense layer on the value that its rows are of; with what it makes, and the reshape of that.

    None where its rows are not those of the last axis.
    """
    start, rows, end = (graph.shape(each) for each in (before.inputs[0], layer.inputs[0], after.outputs[0]))
    if start is None or rows is None or end is None:
        return None
    fits = layer.attributes.get("axis", -1) == -1 and start[-1:] == rows[-1:] and len(start) > len(rows)
    if not fits or _count(start) is None or _count(start) != _count(rows):
        return None
    shape = (*start[:-1], layer.attributes["units"])
    sources = joined(replace(layer, sources=joined(layer, before)), after)
    notes = merge_notes(layer, after, f"{before.source} and {after.source} reshape to rows for it and undo that")
    dense = replace(layer, inputs=before.inputs, sources=sources, notes=notes)
    return shape, (dense, replace(after, kind="reshape", attributes=reshaped(shape, end)))


def _count(shape: Shape) -> int | None:
    """The number of elements; None where a size is free."""
    sizes = [size for size in shape if isinstance(size, int)]
    return prod(sizes) if len(sizes) == len(shape) else None


def _plain(layer: Layer) -> bool:
    return layer.kind in RESHAPES and len(layer.inputs) == len(layer.outputs) == 1 and not layer.weights


def _same_rows(start: Shape | None, end: Shape | None, rows: Shape | None, layer: Layer) -> bool:
    """Whether rows of the last axis are made, and then put back to the places where they were."""
    if start is None or end is None or rows is None or layer.attributes.get("axis", -1) != -1:
        return False
    width = start[-1] if start else None
    if (
        len(start) != len(end)
        or width != rows[-1]
        or not isinstance(width, int)
        or end[-1] != layer.attributes["units"]
    ):
        return False
    # Of the other sizes one may be free, and follows from the rest; a second one could be another.
    known = [(one, other) for one, other in zip(start[:-1], end[:-1], strict=True)]
    free = [pair for pair in known if not all(isinstance(size, int) for size in pair)]
    return all(one == other for one, other in known if (one, other) not in free) and len(free) <= 1
