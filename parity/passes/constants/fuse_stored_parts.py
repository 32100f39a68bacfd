"""A stored tensor that is cut, turned and put together again before it is added is that tensor.

Exporters write down how a table of positions would be resized, also where it has the size already; and store the parts.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Weight
from parity.graph.provenance import fuse
from parity.kinds import COMMUTATIVE
from parity.passes._known import MOST, computed_of
from parity.passes._rewrite import rewrite

MOVES = {"reshape", "permute", "slice", "concat", "expand", "stack_axis", "identity"}
"""Kinds that give every element that comes in once, or some of them."""


def fuse_stored_parts(graph: LayerGraph) -> LayerGraph:
    """Let what stored tensors are put together to be the operand of each sum or product that uses it alone."""
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    now: dict[str, tuple[Weight, ...]] = {}
    for layer in graph.layers:
        commutes = layer.attributes.get("function") in COMMUTATIVE
        if layer.kind != "elementwise" or len(layer.inputs) != 2 or layer.weights or not commutes:
            continue
        for value, other in (layer.inputs, layer.inputs[::-1]):
            chain, shape = _moves(graph, other) or [], graph.shape(other)
            alone = chain and all(_is_inside(graph, each, chain, layer) for each in chain)
            parts = _parts(graph, chain) if alone else None
            if parts is None or shape is None or len(shape) > len(graph.shape(value) or ()):
                continue
            whole = _whole(parts, tuple(size for size in shape if isinstance(size, int)))
            attributes = {name: each for name, each in layer.attributes.items() if name != "operands"}
            attributes |= {"operand_shapes": (shape,)}
            made = replace(layer, attributes=attributes, inputs=(value,), weights=(whole,))
            text = f"{chain[-1].source} concatenates the parts of its operand"
            replaced[layer.path] = fuse(made, tuple(chain), text)
            dropped |= {each.path for each in chain}
            now |= {each.name: () for each in parts}
            now[parts[0].name] = (whole,)
            break
    done = rewrite(graph, replaced=replaced, dropped=dropped)
    if done is graph:
        return graph
    return replace(done, weights=tuple(each for weight in graph.weights for each in now.get(weight.name, (weight,))))


def _is_inside(graph: LayerGraph, layer: Layer, chain: Sequence[Layer], end: Layer) -> bool:
    """Whether only other moves, and the layer at their end, use what a layer gives."""
    paths = {end.path, *(each.path for each in chain)}
    return all(user.path in paths for user in graph.consumers.get(layer.outputs[0], ()))


def _whole(parts: list[Weight], shape: tuple[int, ...]) -> Weight:
    """The tensor that parts are put together to."""
    name, storage = (" + ".join(getattr(each, what) for each in parts) for what in ("name", "storage"))
    whole = replace(
        parts[0], name=name, storage=storage, shape=shape, role="operand", axes="", numbers=None, repeats=""
    )
    return replace(whole, whole="", cuts=(), pieces=(), joined=tuple(parts)) if len(parts) > 1 else whole


def _moves(graph: LayerGraph, value: str) -> list[Layer] | None:
    """The layers that make a value by moving stored tensors, producers first; None where it is anything else."""
    found: dict[str, Layer] = {}
    waiting = [value]
    while waiting:
        layer = graph.producers.get(waiting.pop())
        if layer is None or layer.kind not in MOVES or len(layer.outputs) != 1 or layer.outputs[0] in graph.outputs:
            return None
        found[layer.path] = layer
        waiting += layer.inputs
    return [layer for layer in graph.layers if layer.path in found] if len(found) > 1 else None


def _parts(graph: LayerGraph, chain: Sequence[Layer]) -> list[Weight] | None:
    """The stored tensors whose elements the last of some layers gives, all of them one after the other."""
    import numpy as np

    stored = {weight.storage: weight for layer in chain for weight in layer.weights}
    sizes = [each.numel for each in stored.values()]
    paths = {each.path for each in chain}
    others = {weight.storage for layer in graph.layers if layer.path not in paths for weight in layer.weights}
    if not stored or sum(sizes) > MOST or (len(stored) > 1 and others.intersection(stored)):
        return None
    starts = dict(zip(stored, np.cumsum([0, *sizes[:-1]]).tolist(), strict=True))
    arrays: dict[str, Any] = {}
    for layer in chain:
        held = {
            str(each.role): np.arange(each.numel).reshape(each.shape) + starts[each.storage] for each in layer.weights
        }
        shape = tuple(size for size in graph.shape(layer.outputs[0]) or () if isinstance(size, int))
        made = computed_of(graph, layer, [arrays[name] for name in layer.inputs], held, shape)
        if made is None or made.shape != graph.shape(layer.outputs[0]):
            return None
        arrays[layer.outputs[0]] = made
    last = arrays[chain[-1].outputs[0]].ravel()
    order = sorted(stored, key=lambda name: int(np.argmax(last == starts[name])))
    wanted = np.concatenate([np.arange(stored[name].numel) + starts[name] for name in order])
    return [stored[name] for name in order] if np.array_equal(last, wanted) else None
