"""Each position along every axis of an image repeated is up-sampling by the nearest element."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.kinds import repeated
from parity.passes._rewrite import joined, merge_notes, only_consumer, rewrite


def fuse_repeats(graph: LayerGraph) -> LayerGraph:
    """Join repetitions of several axes, and name those of all spatial axes but no other."""
    while (merged := _merge_first(graph)) is not graph:
        graph = merged
    found = {layer.path: repeated(layer.attributes["repeats"]) for layer in graph.layers if _repeats(layer)}
    named = {path: each for path, each in found.items() if each is not None}
    layers = (layer for layer in graph.layers if layer.path in named)
    return rewrite(
        graph, replaced={each.path: replace(each, kind="resize", attributes=named[each.path]) for each in layers}
    )


def _merge_first(graph: LayerGraph) -> LayerGraph:
    """One round: of several repetitions in a row the first two."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in graph.layers:
        after = only_consumer(graph, layer.outputs[0]) if _repeats(layer) and layer.path not in replaced else None
        if after is None or not _repeats(after):
            continue
        times = tuple(a * b for a, b in zip(*(each.attributes["repeats"] for each in (layer, after)), strict=True))
        replaced[after.path] = replace(
            after,
            attributes={**after.attributes, "repeats": times},
            inputs=layer.inputs,
            sources=joined(layer, after),
            notes=merge_notes(layer, after, f"{after.source} repeats each position of another axis"),
        )
        dropped.add(layer.path)
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _repeats(layer: Layer) -> bool:
    plain = layer.kind == "tile" and len(layer.inputs) == len(layer.outputs) == 1 and not layer.weights
    return plain and bool(layer.attributes["interleaved"])
