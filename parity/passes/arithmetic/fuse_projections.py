"""A sum of products with a stored tensor over the last axes of a value is a dense layer, with axes merged and split."""

from dataclasses import replace
from math import prod

from parity.graph import Layer, LayerGraph, Value, Weight
from parity.kinds import reshaped
from parity.passes._rewrite import rewrite


def fuse_projections(graph: LayerGraph) -> LayerGraph:
    """Merge the axes that are summed over, multiply by a matrix, and split the units: ``abc,cde->abde``."""
    replaced: dict[str, Layer] = {}
    before: dict[str, tuple[Layer, ...]] = {}
    after: dict[str, tuple[Layer, ...]] = {}
    values: dict[str, Value] = {}
    roles: dict[str, Weight] = {}
    for layer in graph.layers:
        summed = _summed(layer)
        start = graph.shape(layer.inputs[0]) if summed else None
        end = graph.shape(layer.outputs[0]) if start is not None else None
        kernel = layer.weight("kernel")
        if not summed or start is None or end is None or kernel is None:
            continue
        sizes = kernel.shape[:summed], kernel.shape[summed:]
        width, units = prod(sizes[0]), prod(sizes[1])
        rows = start[: len(start) - summed]
        if start[len(rows) :] != sizes[0]:
            continue
        value, made = layer.inputs[0], layer.outputs[0]
        if summed > 1:
            value = f"{layer.path}:merged"
            merging = replace(layer, path=value, kind="reshape", weights=(), outputs=(value,))
            before[layer.path] = (replace(merging, attributes=reshaped(start, (*rows, width))),)
            values[value] = Value((*rows, width))
        if len(sizes[1]) > 1:
            made = f"{layer.path}:product"
            splitting = replace(layer, path=f"{layer.path}:split", kind="reshape", weights=(), inputs=(made,))
            after[layer.path] = (replace(splitting, attributes=reshaped((*rows, units), end)),)
            values[made] = Value((*rows, units))
        matrix = replace(kernel, axes="in out", shape=(width, units))
        roles[kernel.name] = matrix
        settings = {"units": units, "in_features": width}
        dense = replace(layer, kind="dense", attributes=settings, inputs=(value,), outputs=(made,), weights=(matrix,))
        replaced[layer.path] = dense
    return rewrite(graph, replaced=replaced, before=before, after=after, values=values, weights=roles)


def _summed(layer: Layer) -> int:
    """How many axes, the last of the value and the first of what is stored, are summed over; 0 for another product."""
    plain = layer.kind == "einsum" and layer.attributes.get("operands") == ("value", "stored")
    terms, _, made = str(layer.attributes.get("equation", "")).partition("->")
    if not plain or len(layer.inputs) != 1 or len(layer.weights) != 1 or terms.count(",") != 1:
        return 0
    value, stored = terms.split(",")
    common = [letter for letter in stored if letter not in made]
    count = len(common)
    names = set(value + stored + made)
    whole = all(name.isalpha() for name in names) and len(set(value)) == len(value) and len(set(stored)) == len(stored)
    fits = whole and count and stored[:count] == value[-count:] == "".join(common)
    return count if fits and made == value[:-count] + stored[count:] else 0
