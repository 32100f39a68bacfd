"""Of a sum or product, what is the same for any input comes last: it may be a stored tensor on the other side.

Keras' ``Add()([tokens, positions, segments])`` is ``tokens + segments + positions``, as other models write it.
"""

from dataclasses import replace

from parity.graph import Layer, LayerGraph, Value
from parity.passes._rewrite import joined, merge_notes, only_consumer, rewrite
from parity.passes.windows.flatten_associative import alike, of_the_input, plain


def split_fixed_terms(graph: LayerGraph) -> LayerGraph:
    """Let each sum or product take the values that the input makes first, and one by one those that it does not."""
    return _moved(_split(graph))


def _split(graph: LayerGraph) -> LayerGraph:
    """Sums of several values and of fixed ones, as the sum of those, and one with each of these."""
    given, replaced = of_the_input(graph), dict[str, Layer]()
    after: dict[str, tuple[Layer, ...]] = {}
    values: dict[str, Value] = {}
    for layer in graph.layers:
        fixed = [value for value in layer.inputs if value not in given]
        rest = tuple(value for value in layer.inputs if value in given)
        shape = graph.shape(layer.outputs[0]) if layer.outputs else None
        if not (fixed and plain(layer) and layer.kind != "concat") or len(rest) < 2:
            continue
        if shape is None or any(graph.shape(value) != shape for value in rest):
            continue
        (output,), steps = layer.outputs, [(rest, f"{layer.path}:given")]
        steps += [((f"{output}:{at}", value), f"{layer.path}:fixed:{at}") for at, value in enumerate(fixed)]
        made = [f"{output}:{at}" for at in range(len(fixed))]
        sums = [
            replace(layer, path=path, inputs=inputs, outputs=(end,))
            for (inputs, path), end in zip(steps, (*made, output), strict=True)
        ]
        replaced[layer.path], after[layer.path] = replace(sums[0], path=layer.path), tuple(sums[1:])
        values |= dict.fromkeys(made, graph.values[output])
    return rewrite(graph, replaced=replaced, after=after, values=values)


def _moved(graph: LayerGraph) -> LayerGraph:
    """The sum with a fixed value after the next one, where this takes another value that the input makes."""
    given, replaced = of_the_input(graph), dict[str, Layer]()
    before: dict[str, tuple[Layer, ...]] = {}
    moved: set[str] = set()
    for layer in graph.layers:
        after = only_consumer(graph, layer.outputs[0]) if plain(layer) and layer.kind != "concat" else None
        if after is None or {layer.path, after.path} & moved or not _exchanges(graph, layer, after):
            continue
        mine = [value for value in layer.inputs if value in given]
        other = [value for value in after.inputs if value != layer.outputs[0] and value in given]
        fixed = [value for value in layer.inputs if value not in given]
        if [len(mine), len(other), len(fixed)] != [1, 1, 1] or len(after.inputs) != 2:
            continue
        if len({graph.shape(value) for value in (*mine, *other, *layer.outputs, *after.outputs)}) != 1:
            continue
        if _is_scaled(graph, mine[0], given):
            continue
        notes = merge_notes(after, layer, f"{layer.source} adds what is the same for any input")
        first = replace(layer, inputs=(*mine, *other), sources=joined(layer, after))
        moved |= {layer.path, after.path}
        before[after.path] = (first,)  # what makes the other value may come between both
        replaced[after.path] = replace(
            after, inputs=(*layer.outputs, *fixed), sources=joined(after, layer), notes=notes
        )
    return rewrite(graph, replaced=replaced, before=before, dropped=moved - replaced.keys())


def _is_scaled(graph: LayerGraph, value: str, given: set[str]) -> bool:
    """Whether a value is a product with what is the same for any input: scale and shift of a norm stay together."""
    maker = graph.producers.get(value)
    product = maker is not None and maker.attributes.get("function") in {"multiply", "divide"}
    return product and maker is not None and (bool(maker.weights) or not given.issuperset(maker.inputs))


def _exchanges(graph: LayerGraph, layer: Layer, after: Layer) -> bool:
    return plain(after) and alike(graph, layer, after)
