"""Tensors that are joined, added or multiplied, and their result in the same way with others, are so at once.

``torch.cat((torch.cat((a, b)), c))`` is a concatenation of three, and so is ``a + b + c`` Keras' ``Add()([a, b, c])``.
A dense block joins all that it has made so far: step by step, or each time anew.
"""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import joined, merge_notes, only_consumer, rewrite

MOST_JOINED = 512
"""Concatenations of more tensors stay as they are written: what they begin with is compared with all before."""

ASSOCIATIVE = {"add", "multiply", "maximum", "minimum"}
"""Functions whose operands may be taken in any groups, but for rounding."""


def flatten_associative(graph: LayerGraph) -> LayerGraph:
    """Give each concatenation, sum, product or extreme the inputs of those of its kind that it alone uses."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    given = of_the_input(graph)
    for layer in graph.layers:
        if not plain(layer):
            continue
        found = replaced.get(layer.path, layer)
        after = only_consumer(graph, layer.outputs[0])
        if after is None or not plain(after) or not alike(graph, layer, after):
            continue
        whole = replaced.get(after.path, after)
        if layer.kind != "concat" and not given.issuperset((*layer.inputs, *after.inputs)):
            continue  # what is the same for any input may be a stored tensor on the other side
        at = whole.inputs.index(layer.outputs[0])
        replaced[after.path] = replace(
            whole,
            inputs=(*whole.inputs[:at], *found.inputs, *whole.inputs[at + 1 :]),
            sources=joined(whole, found),
            notes=merge_notes(whole, found, f"{layer.source} combines some of its inputs first"),
        )
        dropped.add(layer.path)
    done = rewrite(
        graph, replaced={path: each for path, each in replaced.items() if path not in dropped}, dropped=dropped
    )
    return _step_by_step(done)


def _step_by_step(graph: LayerGraph) -> LayerGraph:
    """Let each concatenation begin with the longest one whose inputs it begins with."""
    replaced: dict[str, Layer] = {}
    joined_so_far: dict[tuple[int | None, tuple[str, ...]], str] = {}
    whole: dict[str, tuple[str, ...]] = {}
    for layer in graph.layers:
        if layer.kind != "concat" or not plain(layer):
            continue
        axis, inner = _axis(graph, layer), graph.producers.get(layer.inputs[0])
        first = whole.get(layer.inputs[0]) if inner is not None and alike(graph, inner, layer) else None
        parts = (*(first or layer.inputs[:1]), *layer.inputs[1:])
        if len(parts) > MOST_JOINED or axis is None:
            continue
        whole[layer.outputs[0]] = parts
        counts = range(len(parts) - 1, 1, -1)
        found = next((count for count in counts if (axis, parts[:count]) in joined_so_far), 0)
        inputs = (joined_so_far[axis, parts[:found]], *parts[found:]) if found else layer.inputs
        if inputs != layer.inputs:
            replaced[layer.path] = replace(layer, inputs=inputs)
        joined_so_far.setdefault((axis, parts), layer.outputs[0])
    return rewrite(graph, replaced=replaced)


def of_the_input(graph: LayerGraph) -> set[str]:
    """The values that depend on what the model is given."""
    found = set(graph.inputs)
    for layer in graph.layers:
        if not found.isdisjoint(layer.inputs):
            found.update(layer.outputs)
    return found


def plain(layer: Layer) -> bool:
    """Whether a layer joins, adds or multiplies values alone, or takes the largest or smallest of them."""
    if layer.weights or len(layer.outputs) != 1 or len(layer.inputs) < 2:
        return False
    computes = layer.kind == "elementwise" and layer.attributes.get("function") in ASSOCIATIVE
    return layer.kind == "concat" or (computes and {*layer.attributes} == {"function"})


def alike(graph: LayerGraph, first: Layer, second: Layer) -> bool:
    """Whether two layers are of one function, or join along one axis."""
    if first.kind != second.kind or first.kind != "concat":
        return first.kind == second.kind and first.attributes == second.attributes
    axis = _axis(graph, first)
    return axis is not None and axis == _axis(graph, second)


def _axis(graph: LayerGraph, layer: Layer) -> int | None:
    """The axis from the front; None where the rank is not known."""
    shape, axis = graph.shape(layer.outputs[0]), layer.attributes["axis"]
    return axis % len(shape) if shape and isinstance(axis, int) else None
