"""A stored vector that is laid along one axis before it is added or multiplied is an operand along that axis."""

from dataclasses import replace

from parity.graph import Layer, LayerGraph
from parity.kinds import COMMUTATIVE
from parity.passes._patterns import stands_for
from parity.passes._rewrite import only_consumer, rewrite

PAIR = 2


def merge_stored_operands(graph: LayerGraph) -> LayerGraph:
    """Join each such layer with the reshapes of a stored vector that it alone uses."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in graph.layers:
        commutes = layer.attributes.get("function") in COMMUTATIVE
        if layer.kind != "elementwise" or len(layer.inputs) != PAIR or layer.weights or not commutes:
            continue
        for value, other in (layer.inputs, layer.inputs[::-1]):
            found = _laid(graph, other, value)
            if found is None:
                continue
            chain, shape, axis = found
            (weight,) = chain[0].weights
            row = replace(
                weight, axes="c" if axis is not None else "", shape=(weight.numel,) if axis is not None else ()
            )
            attributes = {name: each for name, each in layer.attributes.items() if name != "operands"}
            attributes |= {"operand_shapes": (shape,), **({"operand_axis": axis} if axis is not None else {})}
            made = replace(layer, attributes=attributes, inputs=(value,), weights=(replace(row, role="operand"),))
            replaced[layer.path] = stands_for(made, tuple(chain), f"{chain[0].source} lays its operand along an axis")
            dropped |= {each.path for each in chain}
            break
    done = rewrite(graph, replaced=replaced, dropped=dropped)
    if done is graph:
        return graph
    named = {weight.name: weight for layer in replaced.values() for weight in layer.weights}
    return replace(done, weights=tuple(named.get(weight.name, weight) for weight in graph.weights))


def _laid(graph: LayerGraph, value: str, beside: str) -> tuple[list[Layer], tuple[int, ...], int | None] | None:
    """The reshapes of a stored tensor that give a value, its shape, and the axis from the end that it runs along."""
    chain: list[Layer] = []
    maker = graph.producers.get(value)
    while maker is not None and maker.kind == "reshape" and len(maker.outputs) == 1:
        if only_consumer(graph, maker.outputs[0]) is None:
            return None
        chain.insert(0, maker)
        maker = graph.producers.get(maker.inputs[0]) if maker.inputs else None
    shape, other = graph.shape(value), graph.shape(beside)
    if not chain or chain[0].inputs or len(chain[0].weights) != 1 or shape is None or other is None:
        return None
    sizes = tuple(size for size in shape if isinstance(size, int))
    axes = [at - len(shape) for at, size in enumerate(sizes) if size != 1]
    fits = len(sizes) == len(shape) <= len(other) and len(axes) <= 1 and all(other[at] == sizes[at] for at in axes)
    return (chain, sizes, axes[0] if axes else None) if fits else None
