"""A product with a stored number for each channel, and the sum with another, are what a batch norm does in inference.

Exporters compute the four vectors of a batch normalisation into two where there is no layer to merge them into:
``gamma / sqrt(variance + epsilon)`` and ``beta - mean * gamma / sqrt(variance + epsilon)``. A model's own factors and
terms look the same, so that the file has to show that an exporter computed them.
"""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.kinds import MERGED, MOMENTUM_OF_INFERENCE
from parity.passes._rewrite import absorb, joined, only_consumer, rewrite


def merge_scale_shift(graph: LayerGraph) -> LayerGraph:
    """Join each such product that an exporter has made with the sum that alone follows it, in a model for inference."""
    replaced: dict[str, Layer] = {}
    dropped = set()
    for layer in graph.layers if graph.inference_only else ():
        told = bool(layer.merged) and _is_for_channels(layer, "multiply")
        after = only_consumer(graph, layer.outputs[0]) if told else None
        shape = graph.shape(layer.inputs[0]) if layer.inputs else None
        if after is None or shape is None or not _is_for_channels(after, "add"):
            continue
        if layer.attributes["operand_axis"] != after.attributes["operand_axis"]:
            continue
        gamma, beta = (
            replace(weight, role=role) for each, role in ((layer, "gamma"), (after, "beta")) for weight in each.weights
        )
        axis = layer.attributes["operand_axis"]
        attributes = {
            "epsilon": None,
            "momentum": MOMENTUM_OF_INFERENCE,
            "axis": axis,
            "statistics": MERGED,
            "rank": len(shape),
        }
        replaced[layer.path] = replace(
            layer,
            kind="batch_norm",
            attributes=attributes,
            weights=(gamma, beta),
            outputs=after.outputs,
            sources=joined(layer, after),
            notes=absorb(layer, after, f"{after.source} adds what is left of its mean and beta"),
        )
        dropped.add(after.path)
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _is_for_channels(layer: Layer, function: str) -> bool:
    """Whether a layer multiplies or adds one stored number for each position of an axis of its only input."""
    told = layer.kind == "elementwise" and layer.attributes.get("function") == function
    return told and len(layer.inputs) == len(layer.weights) == 1 and "operand_axis" in layer.attributes
