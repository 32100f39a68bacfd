"""A recurrent layer that runs over (T, N, C) between transpositions is the one that runs over (N, T, C)."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph, Value
from parity.passes._rewrite import joined, rewrite

SWAP = (1, 0, 2)


def put_batch_first(graph: LayerGraph) -> LayerGraph:
    """Take away the transpositions around each time-major LSTM, where they are all that stands around it."""
    replaced: dict[str, Layer] = {}
    aliases: dict[str, str] = {}
    dropped: set[str] = set()
    values: dict[str, Value] = {}
    for layer in graph.layers:
        before = graph.producers.get(layer.inputs[0]) if layer.kind == "lstm" and len(layer.inputs) == 1 else None
        if before is None or not layer.attributes["time_major"] or not _swaps(before):
            continue
        users = graph.consumers.get(layer.outputs[0], ())
        if layer.outputs[0] in graph.outputs or not all(_swaps(user) for user in users):
            continue
        replaced[layer.path] = replace(
            layer,
            attributes={**layer.attributes, "time_major": False},
            inputs=before.inputs,
            sources=joined(layer, before),
        )
        values[layer.outputs[0]] = _swapped(graph.values[layer.outputs[0]])
        aliases |= {user.outputs[0]: layer.outputs[0] for user in users}
        dropped |= {user.path for user in users}
        if len(graph.consumers[before.outputs[0]]) == 1 and before.outputs[0] not in graph.outputs:
            dropped.add(before.path)
    changed = rewrite(graph, replaced=replaced, aliases=aliases, dropped=dropped)
    return replace(changed, values={**changed.values, **values}) if values else changed


def _swaps(layer: Layer) -> bool:
    return layer.kind == "permute" and layer.attributes["order"] == SWAP


def _swapped(value: Value) -> Value:
    shape = value.shape
    return value if shape is None else replace(value, shape=(shape[1], shape[0], *shape[2:]))
