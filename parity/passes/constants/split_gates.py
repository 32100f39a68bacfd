"""A gated linear unit is what exporters make of it: one half of an axis times the sigmoid of the other."""

from collections.abc import Mapping
from dataclasses import replace

from parity.graph import Layer, LayerGraph, Value
from parity.passes._rewrite import rewrite


def split_gates(graph: LayerGraph) -> LayerGraph:
    """Take each such layer apart whose axis is known to have halves."""
    before: dict[str, tuple[Layer, ...]] = {}
    replaced: dict[str, Layer] = {}
    values: dict[str, Value] = {}
    for layer in graph.layers:
        shape = graph.shape(layer.inputs[0]) if layer.kind == "glu" and layer.inputs and layer.outputs else None
        size = shape[layer.attributes["axis"]] if shape is not None else None
        made = graph.values.get(layer.outputs[0]) if isinstance(size, int) and not size % 2 else None
        if shape is None or made is None or not isinstance(size, int):
            continue
        axis, half, end = layer.attributes["axis"] % len(shape), size // 2, layer.outputs[0]
        kept, gate, opened = (f"{end}:{name}" for name in ("kept", "gate", "open"))
        parts = (
            _part(layer, "slice", {"axes": (axis,), "bounds": ((0, half, 1),)}, layer.inputs, kept),
            _part(layer, "slice", {"axes": (axis,), "bounds": ((half, None, 1),)}, layer.inputs, gate),
            _part(layer, "activation", {"function": "sigmoid"}, (gate,), opened),
        )
        before[layer.path] = parts
        values |= dict.fromkeys((kept, gate, opened), made)
        replaced[layer.path] = replace(
            layer, kind="elementwise", attributes={"function": "multiply"}, inputs=(kept, opened)
        )
    return rewrite(graph, replaced=replaced, before=before, values=values)


def _part(layer: Layer, kind: str, attributes: Mapping[str, object], inputs: tuple[str, ...], output: str) -> Layer:
    path = f"{layer.path}:{output.rpartition(':')[2]}"
    return replace(layer, path=path, kind=kind, attributes=attributes, inputs=inputs, outputs=(output,))
