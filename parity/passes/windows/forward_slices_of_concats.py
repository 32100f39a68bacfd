"""Of tensors that are joined along an axis and then cut apart where they were joined, the parts themselves are used."""

from itertools import accumulate

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import rewrite


def forward_slices_of_concats(graph: LayerGraph) -> LayerGraph:
    """Let each input of a concatenation stand for the slice that takes just it, where nothing else uses the whole."""
    while (cut := _cut(graph)) is not graph:
        graph = cut
    return graph


def _cut(graph: LayerGraph) -> LayerGraph:
    aliases: dict[str, str] = {}
    dropped: set[str] = set()
    for layer in graph.layers:
        whole = layer.outputs[0] if layer.kind == "concat" and len(layer.outputs) == 1 else ""
        users = graph.consumers.get(whole, ())
        if not users or layer.weights or whole in graph.outputs or any(user.kind != "slice" for user in users):
            continue
        parts = [part_of(graph, layer, user) for user in users]
        if None not in parts and not dropped.intersection(user.path for user in users):
            found = zip(users, parts, strict=True)
            aliases |= {user.outputs[0]: part for user, part in found if part is not None}
            dropped |= {layer.path, *(user.path for user in users)}
    return rewrite(graph, aliases=aliases, dropped=dropped)


def part_of(graph: LayerGraph, concat: Layer, cut: Layer) -> str | None:
    """The input that a slice takes out again, whole; None where it takes anything else."""
    shapes = [graph.shape(value) for value in concat.inputs]
    axis, axes, bounds = concat.attributes["axis"], cut.attributes["axes"], cut.attributes["bounds"]
    rank = len(shapes[0] or ())
    if cut.weights or len(cut.inputs) != 1 or len(cut.outputs) != 1 or len(axes) != 1 or not isinstance(axis, int):
        return None
    if any(shape is None or len(shape) != rank for shape in shapes) or axes[0] % rank != axis % rank:
        return None
    sizes = [shape[axis % rank] for shape in shapes if shape is not None]
    known = [size for size in sizes if isinstance(size, int)]
    if len(known) != len(sizes):
        return None
    ends = list(accumulate(known))
    ranges = [(end - size, end, 1) for size, end in zip(known, ends, strict=True)]
    wanted = from_front(bounds[0], ends[-1])
    return concat.inputs[ranges.index(wanted)] if wanted in ranges else None


def from_front(bound: object, size: int) -> tuple[int, int, int] | None:
    """Start, stop and step of a range, counted from the front."""
    if not isinstance(bound, tuple) or len(bound) != 3:  # start, stop, step
        return None
    try:
        return (*slice(*bound).indices(size),)
    except (TypeError, ValueError):
        return None
