"""A stored kernel with a matrix for each head is one matrix, whose columns are those of all heads side by side.

``einsum("btd,ndh->btnh", x, kernel)`` is a dense layer and the split of its units, which other models write down.
"""

from dataclasses import replace

from parity.graph import Layer, LayerGraph, Value, Weight
from parity.kinds import reshaped
from parity.passes._rewrite import rewrite

OPERANDS = ("value", "stored")
MOST_HEADS = 256
"""Kernels of more matrices stay as they are."""


def fuse_heads(graph: LayerGraph) -> LayerGraph:
    """Make a dense layer and a reshape of each product with a kernel of heads."""
    replaced: dict[str, Layer] = {}
    after: dict[str, tuple[Layer, ...]] = {}
    values: dict[str, Value] = {}
    now: dict[str, Weight] = {}
    for layer in graph.layers:
        kernel, shape = _kernel(graph, layer), graph.shape(layer.outputs[0]) if layer.outputs else None
        if kernel is None or shape is None:
            continue
        units, between = kernel.shape[1], f"{layer.outputs[0]}:units"
        value = graph.values[layer.outputs[0]]
        rows = (*shape[:-2], units)
        dense = replace(layer, kind="dense", attributes={"units": units}, weights=(kernel,), outputs=(between,))
        split = replace(layer, kind="reshape", attributes=reshaped(rows, shape), weights=(), inputs=(between,))
        after[layer.path] = (replace(split, path=f"{layer.path}:heads"),)
        replaced[layer.path] = dense
        values[between] = replace(value, shape=rows, axes=None)
        now[layer.weights[0].name] = kernel
    return rewrite(graph, replaced=replaced, after=after, values=values, weights=now)


def _kernel(graph: LayerGraph, layer: Layer) -> Weight | None:
    """The kernel of all heads, where a layer is a product of the last axis with a matrix for each; else None."""
    plain = layer.kind == "einsum" and len(layer.weights) == len(layer.inputs) == 1
    if not plain or layer.attributes.get("operands") != OPERANDS:
        return None
    terms, _, out = layer.attributes["equation"].partition("->")
    value, _, stored = terms.partition(",")
    (weight,) = layer.weights
    if len(stored) != len("nch") or weight.pieces or weight.cuts or weight.joined:
        return None
    head, row, column = stored
    fits = value[-1:] == row and out == value[:-1] + head + column and not {head, column} & {*value}
    shared = sum(each.name == weight.name for other in graph.layers for each in other.weights) > 1
    return _side_by_side(weight) if fits and not shared and weight.shape[0] <= MOST_HEADS else None


def _side_by_side(weight: Weight) -> Weight:
    """The matrices of all heads as one."""
    heads, rows, columns = weight.shape
    parts = []
    for at in range(heads):
        window, mark = ((at, at + 1), (0, rows), (0, columns)), f"[{at}:{at + 1},0:{rows},0:{columns}]"
        part = weight.part(window, (rows, columns), name=weight.name + mark, storage=weight.storage + mark)
        parts.append(replace(part, role="kernel", axes="in out"))
    if heads == 1:
        return parts[0]
    name, storage = (" + ".join(getattr(each, what) for each in parts) for what in ("name", "storage"))
    whole = replace(weight, name=name, storage=storage, shape=(rows, heads * columns), role="kernel", axes="in out")
    return replace(whole, joined=tuple(parts), along=1, numbers=None)
