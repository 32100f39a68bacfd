"""A recurrent layer that runs over (T, N, C) after a transposition is the one that runs over (N, T, C).

The transposition moves behind the layer, where it meets the one that undoes it or another recurrent layer; a state
without a time axis never sees it.
"""

from dataclasses import replace

from parity.graph import Layer, LayerGraph, Value
from parity.passes._rewrite import joined

SWAP = (1, 0, 2)


def put_batch_first(graph: LayerGraph) -> LayerGraph:
    """Move transpositions of time and batch from before each time-major LSTM to behind it."""
    layers: list[Layer] = []
    values: dict[str, Value] = {}
    sources: dict[str, Layer] = {}
    aliases: dict[str, str] = {}
    for original in graph.layers:
        inputs = tuple(aliases.get(value, value) for value in original.inputs)
        layer = original if inputs == original.inputs else replace(original, inputs=inputs)
        swap = sources.get(layer.inputs[0]) if layer.inputs else None
        if _swaps(layer) and swap is not None:
            aliases[layer.outputs[0]] = swap.inputs[0]
            continue
        if _swaps(layer):
            sources[layer.outputs[0]] = layer
        elif swap is not None and layer.kind == "lstm" and layer.attributes["time_major"] and len(layer.inputs) == 1:
            moved, behind = _moved(layer, swap)
            layers.append(moved)
            values[moved.outputs[0]] = _swapped(graph.values.get(layer.outputs[0], Value(None, reason="not recorded")))
            sources[layer.outputs[0]] = layer = behind
        layers.append(layer)
    if not values and not aliases:
        return graph
    outputs = tuple(aliases.get(value, value) for value in graph.outputs)
    return replace(graph, layers=tuple(layers), values={**graph.values, **values}, outputs=outputs)


def _moved(layer: Layer, swap: Layer) -> tuple[Layer, Layer]:
    """The layer without the transposition before it, and the transposition behind it."""
    between = f"{layer.outputs[0]}:batch-first"
    moved = replace(
        layer,
        attributes={**layer.attributes, "time_major": False},
        inputs=swap.inputs,
        outputs=(between, *layer.outputs[1:]),
        sources=joined(layer, swap),
    )
    return moved, replace(swap, path=f"{layer.path}:transposed", inputs=(between,), outputs=layer.outputs[:1])


def _swaps(layer: Layer) -> bool:
    return layer.kind == "permute" and layer.attributes["order"] == SWAP


def _swapped(value: Value) -> Value:
    shape = value.shape
    return value if shape is None else replace(value, shape=(shape[1], shape[0], *shape[2:]))
