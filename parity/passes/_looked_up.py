"""Rows of a trained table that an exporter has looked up, since the places do not depend on what comes in.

It stores what came out, in the place of a small table of positions. The other model is brought to that form where it
alone has the lookup: the table is the operand then, of which so many rows are used.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from parity.graph import Census, Layer, LayerGraph, Shape
from parity.passes._patterns import stands_for
from parity.passes._rewrite import only_consumer, rewrite

LOOKED_UP = "looked_up"
"""The attribute that tells the shape of what is looked up."""

PAIR = 2
LOOKUPS = {"embedding", "gather"}
MOVES = {"reshape", "permute", "expand", "stack_axis", "slice"}

Sizes = tuple[Any, ...]


def looked_up(graph: LayerGraph, other: LayerGraph) -> LayerGraph:
    """Make one layer of each lookup and the sum with what comes in, where the other model has such a sum alone."""
    wanted = Counter(_stored(other))
    lacking = _tables(graph) - _tables(other)
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in graph.layers if wanted else ():
        for value, chain in _lookups(graph, layer):
            sizes = _wide(graph.shape(value))
            lookup = next(each for each in chain if each.weights)
            table = lookup.weights[0]
            if not wanted[layer.attributes["function"], sizes] or not lacking[table.shape]:
                continue
            wanted[layer.attributes["function"], sizes] -= 1
            lacking[table.shape] -= 1
            rest = tuple(each for each in layer.inputs if each != value)
            attributes = {"function": layer.attributes["function"], LOOKED_UP: sizes}
            weights = (replace(table, role="operand", axes=""),)
            note = f"{lookup.source} looks the same rows up each time"
            replaced[layer.path] = stands_for(
                replace(layer, attributes=attributes, inputs=rest, weights=weights), chain, note
            )
            dropped |= {each.path for each in chain}
            break
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _tables(graph: LayerGraph) -> Counter[tuple[int, ...]]:
    """The sizes of the tables that rows are looked up in."""
    return Counter(weight.shape for layer in graph.layers if layer.kind in LOOKUPS for weight in layer.weights[:1])


def _stored(graph: LayerGraph) -> Iterator[tuple[str, Sizes]]:
    """Function and sizes of the sums with a stored tensor of several axes that may be made of others."""
    for layer in graph.layers:
        operand = layer.weight("operand") if layer.kind == "elementwise" and len(layer.inputs) == 1 else None
        if operand is None or operand.census is not Census.TRAINABLE or not operand.presumed:
            continue
        if len(_wide(operand.shape)) == PAIR:
            yield layer.attributes["function"], _wide(operand.shape)


def _wide(shape: Shape | None) -> Sizes:
    return tuple(size for size in shape or () if size != 1)


def _lookups(graph: LayerGraph, layer: Layer) -> Iterator[tuple[str, tuple[Layer, ...]]]:
    """The inputs of a sum that are looked up at fixed places, with the layers that do so."""
    if layer.kind != "elementwise" or len(layer.inputs) != PAIR or layer.weights or layer.attributes.get("operands"):
        return
    for value in layer.inputs:
        chain = tuple(_chain(graph, value))
        if sum(bool(each.weights) for each in chain) == 1 and not chain[-1].inputs:
            yield value, chain


def _chain(graph: LayerGraph, value: str) -> Iterator[Layer]:
    """The layers in a row that end in a value and do nothing but look up and move, the last first."""
    at: str | None = value
    while at is not None and only_consumer(graph, at) is not None:
        layer = graph.producers.get(at)
        if layer is None or len(layer.outputs) != 1 or len(layer.inputs) > 1:
            return
        if layer.kind not in {*LOOKUPS, *MOVES, "range", "fill", "constant"}:
            return
        yield layer
        at = layer.inputs[0] if layer.inputs else None
