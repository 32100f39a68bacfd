"""A multiplication by a matrix and the addition of a vector are one dense layer."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.passes._rewrite import absorb, joined, only_consumer, rewrite


def merge_bias(graph: LayerGraph) -> LayerGraph:
    """Join each dense layer without a bias with the addition of a stored vector that alone follows it."""
    replaced: dict[str, Layer] = {}
    dropped = set()
    for layer in graph.layers:
        if layer.kind != "dense" or layer.weight("bias") is not None or not layer.outputs:
            continue
        after = only_consumer(graph, layer.outputs[0])
        if after is None or after.kind != "elementwise" or after.attributes.get("function") != "add":
            continue
        operand = after.weight("operand")
        if operand is None or len(after.inputs) != 1 or operand.shape != (layer.attributes["units"],):
            continue
        bias = replace(operand, role="bias", axes="out")
        note = f"{after.source} adds its bias"
        replaced[layer.path] = replace(
            layer,
            weights=(*layer.weights, bias),
            outputs=after.outputs,
            sources=joined(layer, after),
            notes=absorb(layer, after, note),
        )
        dropped.add(after.path)
    done = rewrite(graph, replaced=replaced, dropped=dropped)
    if done is graph:
        return graph
    biases = {layer.weight("bias") for layer in replaced.values()}
    named = {bias.name: bias for bias in biases if bias is not None}
    return replace(done, weights=tuple(named.get(weight.name, weight) for weight in graph.weights))
