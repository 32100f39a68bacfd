"""A product with a stored number for each channel, and the sum with another, are what a batch norm does in inference.

Exporters compute the four vectors of a batch normalisation into two where there is no layer to merge them into:
``gamma / sqrt(variance + epsilon)`` and ``beta - mean * gamma / sqrt(variance + epsilon)``. Keras on PyTorch writes out
``(x - mean) * factor + beta``. A model's own factors and terms look the same, so that the file has to show that an
exporter computed them, or the other model has to have batch norms that are nowhere else.
"""

from collections.abc import Iterable
from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.kinds import MERGED, MOMENTUM_OF_INFERENCE
from parity.passes._rewrite import joined, merge_notes, only_consumer, rewrite

Parts = dict[str, Layer]
"""The layers that use the vectors, by what these are to a batch normalisation."""


def fuse_scale_shift(graph: LayerGraph) -> LayerGraph:
    """Join each such product that an exporter has made with the sum that alone follows it, in a model for inference."""
    found = [scale_shift(graph, layer) for layer in graph.layers] if graph.inference_only else []
    made = {parts["gamma"].path: parts for parts in reversed(found) if parts and parts["gamma"].merged}
    return with_norms(graph, made.values())  # by the product: a row that begins with a difference holds the one without


def with_norms(graph: LayerGraph, found: Iterable[Parts]) -> LayerGraph:
    """The graph with a batch norm in the place of each row of layers that there is."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for parts in found:
        layer = next(iter(parts.values()), None)
        shape = graph.shape(layer.inputs[0]) if layer is not None else None
        axes = {part.attributes["operand_axis"] for part in parts.values()}
        if layer is None or shape is None or len(axes) != 1:
            continue
        weights = tuple(replace(weight, role=role) for role, part in parts.items() for weight in part.weights)
        after, made = parts["beta"], parts["gamma"]
        attributes = {
            "epsilon": None,
            "momentum": MOMENTUM_OF_INFERENCE,
            "axis": axes.pop(),
            "statistics": MERGED,
            "rank": len(shape),
        }
        replaced[layer.path] = replace(
            layer,
            kind="batch_norm",
            attributes=attributes,
            weights=weights,
            outputs=after.outputs,
            sources=joined(replace(made, sources=joined(made, layer)), after),
            notes=merge_notes(layer, after, f"{after.source} adds the rest of its mean and beta"),
        )
        dropped |= {part.path for part in parts.values() if part is not layer}
    return rewrite(graph, replaced=replaced, dropped=dropped)


def scale_shift(graph: LayerGraph, layer: Layer) -> Parts:
    """The layers of a batch normalisation that begins with a layer, or none."""
    parts: Parts = {}
    each: Layer | None = layer
    if _is_for_channels(layer, "subtract") and not layer.attributes.get("operand_first"):
        parts["moving_mean"] = layer
        each = only_consumer(graph, layer.outputs[0])
    for role, function in (("gamma", "multiply"), ("beta", "add")):
        if each is None or not _is_for_channels(each, function):
            return {}
        parts[role] = each
        each = only_consumer(graph, each.outputs[0])
    return parts


def _is_for_channels(layer: Layer, function: str) -> bool:
    """Whether a layer multiplies or adds one stored number for each position of an axis of its only input."""
    told = layer.kind == "elementwise" and layer.attributes.get("function") == function
    return told and len(layer.inputs) == len(layer.weights) == 1 and "operand_axis" in layer.attributes
