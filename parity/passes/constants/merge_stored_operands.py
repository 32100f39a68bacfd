"""A stored vector that is laid along one axis before it is added or multiplied is an operand along that axis."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from parity.graph import Layer, LayerGraph, Weight
from parity.graph.provenance import stands_for
from parity.kinds import COMMUTATIVE
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
            weight = _part(chain[0])
            row = replace(weight, axes="c" if axis is not None else "", shape=_sizes(weight, shape, axis))
            attributes = {name: each for name, each in layer.attributes.items() if name != "operands"}
            attributes |= {"operand_shapes": (shape,), **({"operand_axis": axis} if axis is not None else {})}
            made = replace(layer, attributes=attributes, inputs=(value,), weights=(replace(row, role="operand"),))
            replaced[layer.path] = stands_for(
                made, tuple(chain), f"{chain[0].source} broadcasts its operand along an axis"
            )
            dropped |= {each.path for each in chain}
            break
    done = rewrite(graph, replaced=replaced, dropped=dropped)
    if done is graph:
        return graph
    used = [weight for layer in done.layers for weight in layer.weights]
    named = {weight.name: weight for layer in replaced.values() for weight in layer.weights}
    return replace(done, weights=tuple(each for weight in graph.weights for each in _now(weight, named, used)))


def _now(weight: Weight, named: Mapping[str, Weight], used: Sequence[Weight]) -> tuple[Weight, ...]:
    """What has become of a weight: the same with a role, or the parts that layers use of it, and itself if one does."""
    if weight.name in named:
        return (named[weight.name],)
    parts = [each for name, each in named.items() if name.startswith(f"{weight.name}[")]
    whole = not parts or any(each.name == weight.name for each in used)
    return (*((weight,) if whole else ()), *parts)


def _part(layer: Layer) -> Weight:
    """The stored vector that a chain begins with, or the part of it that a slice takes."""
    (weight,) = layer.weights
    if layer.kind != "slice" or not layer.attributes["bounds"]:
        return weight
    ((start, stop, _),) = layer.attributes["bounds"]
    stop = weight.shape[0] if stop is None else stop
    mark = f"[{start}:{stop}]"
    name, storage = f"{weight.name}{mark}", f"{weight.storage}{mark}"
    return weight.part(((start, stop),), (stop - start,), name=name, storage=storage)


def _slices(layer: Layer) -> bool:
    """Whether a slice takes neighbours of a stored vector."""
    if layer.kind != "slice":
        return False
    bounds = layer.attributes["bounds"]
    plain = not layer.inputs and len(layer.weights) == 1 and len(layer.weights[0].shape) == 1 >= len(bounds)
    return plain and all(step == 1 and start >= 0 and (stop is None or stop > start) for start, stop, step in bounds)


def _laid(graph: LayerGraph, value: str, beside: str) -> tuple[list[Layer], tuple[int, ...], int | None] | None:
    """The reshapes of a stored tensor that give a value, its shape, and the axis from the end that it runs along."""
    chain: list[Layer] = []
    maker = graph.producers.get(value)
    while maker is not None and (maker.kind == "reshape" or _slices(maker)) and len(maker.outputs) == 1:
        if only_consumer(graph, maker.outputs[0]) is None:
            return None
        chain.insert(0, maker)
        maker = graph.producers.get(maker.inputs[0]) if maker.inputs else None
    shape, other = graph.shape(value), graph.shape(beside)
    if not chain or chain[0].inputs or len(chain[0].weights) != 1 or shape is None or other is None:
        return None
    sizes = tuple(size for size in shape if isinstance(size, int))
    axes = [at - len(shape) for at, size in enumerate(sizes) if size != 1]
    fits = len(sizes) == len(shape) <= len(other)
    if len(axes) > 1:  # it keeps its axes, and the other side may have one element along them
        return (chain, sizes, None) if fits and all(other[at] in {sizes[at], 1} for at in axes) else None
    return (chain, sizes, axes[0] if axes else None) if fits and all(other[at] == sizes[at] for at in axes) else None


def _sizes(weight: Weight, shape: tuple[int, ...], axis: int | None) -> tuple[int, ...]:
    """The shape of an operand: a vector along one axis, a number, or what it was laid out as."""
    if axis is not None:
        return (weight.numel,)
    return () if weight.numel == 1 else shape
