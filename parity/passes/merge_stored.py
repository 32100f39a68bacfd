"""A stored vector that is reshaped before it takes part in arithmetic takes part along the axis that it then has."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.kinds import COMMUTATIVE
from parity.passes._rewrite import absorb, joined, only_consumer, rewrite

PAIR = 2


def merge_stored(graph: LayerGraph) -> LayerGraph:
    """Join each such reshape with the arithmetic that alone uses it."""
    replaced: dict[str, Layer] = {}
    dropped = set()
    for layer in graph.layers:
        after = only_consumer(graph, layer.outputs[0]) if _reshapes_stored(layer) else None
        if after is None or after.kind != "elementwise" or len(after.inputs) != PAIR or after.weights:
            continue
        other = next((value for value in after.inputs if value != layer.outputs[0]), None)
        shape, whole = graph.shape(layer.outputs[0]), graph.shape(other) if other is not None else None
        if other is None or shape is None or whole is None or len(shape) > len(whole):
            continue
        wide = [at - len(shape) for at, size in enumerate(shape) if size != 1]
        (weight,) = layer.weights
        if len(wide) != 1 or shape[wide[0]] != weight.numel or after.attributes.get("function") not in COMMUTATIVE:
            continue
        replaced[after.path] = replace(
            after,
            inputs=(other,),
            weights=(replace(weight, role="operand", axes="c", shape=(weight.numel,)),),
            attributes={**after.attributes, "operand_axis": wide[0]},
            sources=joined(after, layer),
            notes=absorb(after, layer, f"{layer.source} reshapes its operand"),
        )
        dropped.add(layer.path)
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _reshapes_stored(layer: Layer) -> bool:
    return layer.kind == "reshape" and not layer.inputs and len(layer.weights) == len(layer.outputs) == 1
