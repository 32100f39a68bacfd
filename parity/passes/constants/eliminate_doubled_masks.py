"""Scores that are set to 0 where a fixed mask is added to them, as TensorFlow writes a choice, are masked once.

``scores * kept + blocked``, where ``kept`` is 0 and ``blocked`` next to minus infinity at the same places, is to a
softmax what ``scores + blocked`` is.
"""

from parity.graph import Layer, LayerGraph
from parity.graph.diagonals import elementwise
from parity.kinds import MARK, mask_pattern
from parity.passes._patterns import defining_op, zeros_and_ones
from parity.passes._rewrite import only_consumer, rewrite


def eliminate_doubled_masks(graph: LayerGraph) -> LayerGraph:
    """Let the sums take the scores themselves."""
    aliases: dict[str, str] = {}
    dropped: set[str] = set()
    for layer in graph.layers:
        product = _kept(graph, layer)
        if product is not None:
            aliases[product.outputs[0]] = product.inputs[0]
            dropped.add(product.path)
    return rewrite(graph, aliases=aliases, dropped=dropped)


def _kept(graph: LayerGraph, layer: Layer) -> Layer | None:
    """The product with 1 and 0 that a sum with a mask takes, if it lets through what the mask does."""
    mask = layer.attributes.get("operand")
    if layer.kind != "elementwise" or not isinstance(mask, str) or not mask.startswith(MARK) or len(layer.inputs) != 1:
        return None
    product = defining_op(graph, layer.inputs[0], "elementwise", "multiply")
    if product is None or only_consumer(graph, product.outputs[0]) is not layer:
        return None
    kept = zeros_and_ones(product)
    if kept is None or mask_pattern(elementwise(lambda number: number == 1, kept)) != mask.removeprefix(MARK):
        return None
    return product
