"""Rows of a trained table that an exporter has looked up, since the places do not depend on what comes in.

It stores what came out, in the place of a small table of positions, or of a function of a single trained number. The
other model is brought to that form where it alone has the lookup: the table is the operand then.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any

from parity.graph import Census, Layer, LayerGraph, Shape
from parity.passes._patterns import stands_for
from parity.passes._rewrite import only_consumer, rewrite

LOOKED_UP = "looked_up"
"""The attribute that tells the shape of what is looked up."""

PAIR, MOST = 2, 3
"""Operands of a sum; queries, keys and values, after which the mask comes."""

ROLES = {"elementwise": "operand", "attention": "bias"}
"""What a stored tensor is called in the place of what is looked up."""

LOOKUPS = {"embedding", "gather"}
MOVES = {"reshape", "permute", "expand", "stack_axis", "slice"}

FUNCTIONS = {"elementwise", "activation"}
"""What may be computed of a single trained number before it is used."""

Sizes = tuple[Any, ...]


def looked_up(graph: LayerGraph, other: LayerGraph) -> LayerGraph:
    """Make one layer of each lookup and the sum or attention it is for, where the other model has that alone."""
    wanted = Counter(_stored(other)) if other.inference_only else Counter()
    lacking = _tables(graph) - _tables(other)
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in graph.layers if wanted else ():
        for value, chain in _lookups(graph, layer):
            key = layer.attributes.get("function", layer.kind), _wide(graph.shape(value))
            lookup = next(each for each in chain if each.weights)
            table = lookup.weights[0]
            size = table.shape if key[1] else ()
            if not wanted[key] or not lacking[size]:
                continue
            wanted[key] -= 1
            lacking[size] -= 1
            rest = tuple(each for each in layer.inputs if each != value)
            weights = (replace(table, role=ROLES[layer.kind], axes=""),)
            made = replace(layer, attributes={**layer.attributes, LOOKED_UP: key[1]}, inputs=rest, weights=weights)
            replaced[layer.path] = stands_for(made, chain, f"{lookup.source} looks the same rows up each time")
            dropped |= {each.path for each in chain}
            break
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _tables(graph: LayerGraph) -> Counter[tuple[int, ...]]:
    """The sizes of the tables that rows are looked up in; those of which a function is computed have none."""
    found: Counter[tuple[int, ...]] = Counter()
    for layer in graph.layers:
        for weight in layer.weights[:1]:
            single = layer.kind in FUNCTIONS and not layer.inputs and weight.numel == 1
            found[() if single else weight.shape] += single or layer.kind in LOOKUPS or layer.kind == "slice"
    return found


def _stored(graph: LayerGraph) -> Iterator[tuple[str, Sizes]]:
    """Function and sizes of what uses a stored tensor of several axes that may be made of others."""
    for layer in graph.layers:
        if layer.kind == "elementwise" and isinstance(layer.attributes.get("operand"), float):
            yield layer.attributes["function"], ()
        operand = layer.weight(ROLES[layer.kind]) if layer.kind in ROLES and not layer.inputs[MOST:] else None
        if operand is None or operand.census is not Census.TRAINABLE or not operand.presumed:
            continue
        if len(_wide(operand.shape)) >= PAIR:
            yield layer.attributes.get("function", layer.kind), _wide(operand.shape)


def _wide(shape: Shape | None) -> Sizes:
    return tuple(size for size in shape or () if size != 1)


def _lookups(graph: LayerGraph, layer: Layer) -> Iterator[tuple[str, tuple[Layer, ...]]]:
    """The inputs of a sum, or the mask of attention, that are looked up at fixed places, with the layers that do so."""
    if layer.kind not in ROLES or layer.weights or layer.attributes.get("operands"):
        return
    values = layer.inputs if layer.kind == "elementwise" and len(layer.inputs) == PAIR else layer.inputs[MOST:]
    for value in values:
        chain = tuple(_chain(graph, value))
        stored = [weight for each in chain for weight in each.weights[:1]]
        single = bool(stored) and stored[0].numel == 1 == prod(_wide(graph.shape(value)))
        if len(stored) == 1 and not chain[-1].inputs and (single or chain[-1].kind not in FUNCTIONS):
            yield value, chain


def _chain(graph: LayerGraph, value: str) -> Iterator[Layer]:
    """The layers in a row that end in a value and do nothing but look up and move, the last first."""
    at: str | None = value
    while at is not None and only_consumer(graph, at) is not None:
        layer = graph.producers.get(at)
        if layer is None or len(layer.outputs) != 1 or len(layer.inputs) > 1:
            return
        shifts = layer.kind == "elementwise" and "operand" in layer.attributes
        if (
            not shifts
            and layer.kind not in FUNCTIONS
            and layer.kind not in {*LOOKUPS, *MOVES, "range", "fill", "constant"}
        ):
            return
        yield layer
        at = layer.inputs[0] if layer.inputs else None
