"""The one way in which passes change a graph: replace layers, drop layers, and let values stand for others."""

from collections.abc import Mapping
from dataclasses import replace

from parity.graph import Layer, LayerGraph, Note, Undone, Value, Weight


def rewrite(
    graph: LayerGraph,
    *,
    replaced: Mapping[str, Layer] | None = None,
    aliases: Mapping[str, str] | None = None,
    dropped: set[str] | None = None,
    before: Mapping[str, tuple[Layer, ...]] | None = None,
    after: Mapping[str, tuple[Layer, ...]] | None = None,
    values: Mapping[str, Value] | None = None,
    weights: Mapping[str, Weight] | None = None,
) -> LayerGraph:
    """The graph with changes applied; the same object if there are none.

    Args:
        graph: what to change.
        replaced: new layers by the path of the old one.
        aliases: values by the value that is to be used in their place; chains are followed.
        dropped: paths of layers that go.
        before: new layers that come before one, by its path.
        after: new layers that come after one.
        values: what the new layers make for others.
        weights: those of the model that have another role or layout now, by name.
    """
    replaced, aliases, dropped, before = replaced or {}, aliases or {}, dropped or set(), before or {}
    after = after or {}
    if not replaced and not aliases and not dropped:
        return graph

    def resolve(value: str) -> str:
        while value in aliases:
            value = aliases[value]
        return value

    layers = []
    for layer in graph.layers:
        if layer.path in dropped:
            continue
        path = layer.path
        for found in (*before.get(path, ()), replaced.get(path, layer), *after.get(path, ())):
            inputs = tuple(resolve(value) for value in found.inputs)
            layers.append(found if inputs == found.inputs else replace(found, inputs=inputs))
    outputs = tuple(resolve(value) for value in graph.outputs)
    known = {**graph.values, **values} if values else graph.values
    stored = tuple(weights.get(each.name, each) for each in graph.weights) if weights else graph.weights
    return replace(graph, layers=tuple(layers), outputs=outputs, values=known, weights=stored)


def only_consumer(graph: LayerGraph, value: str) -> Layer | None:
    """The layer that alone uses a value, if it is no output of the model."""
    users = graph.consumers.get(value, ())
    return users[0] if len(users) == 1 and value not in graph.outputs else None


def merge_notes(layer: Layer, other: Layer, text: str, undone: Undone = Undone.DECOMPOSED) -> tuple[Note, ...]:
    """Notes of a layer that has taken another in."""
    return (*layer.notes, *other.notes, Note(undone, text))


def joined(first: Layer, second: Layer) -> tuple[str, ...]:
    """Sources of a layer that stands for two, without doubles."""
    return tuple(dict.fromkeys((*first.sources, *second.sources)))
