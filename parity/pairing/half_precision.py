"""Casts between single and half precision, where the other side tells in its own way what layers compute in.

Converters put a cast behind each input and before each output of a file whose weights are all stored in half. Where the
other model has its weights in single precision, these say no more than that the file computes in another one, as its
weights do. Layers of Keras cast what they take, as their policy tells, which exporters write as casts.
"""

from bisect import bisect_left
from dataclasses import replace
from math import frexp, inf, isfinite, ldexp

from parity.graph import Census, Evidence, Framework, Layer, LayerGraph, Value
from parity.kinds import COMPUTED_IN
from parity.passes._rewrite import rewrite
from parity.patterns import close

HALF = frozenset({"float16", "bfloat16"})
REAL = HALF | {"float32"}
LEARNED = frozenset({Census.TRAINABLE, Census.FROZEN, Census.UNKNOWN})


def half_precision(graph: LayerGraph, other: LayerGraph) -> LayerGraph:
    """The graph without casts between single and half precision, where the other one tells of these without casts.

    What layers compute in is left as the types of what they make, with which the policies of Keras are compared.
    """
    if graph.evidence is not Evidence.GRAPH:
        return graph
    casts = [layer for layer in graph.layers if _is_of_reals(graph, layer)]
    by_policy = other.framework is Framework.KERAS and any(COMPUTED_IN in each.attributes for each in other.layers)
    if by_policy and graph.framework is not Framework.KERAS:
        rounding = {layer.path for layer in casts if _rounds_alone(graph, layer)}
        casts = [layer for layer in casts if layer.path not in rounding]
    elif not _is_halved(graph, other):
        return graph
    aliases = {layer.outputs[0]: layer.inputs[0] for layer in casts}
    dropped = {layer.path for layer in casts}
    if not by_policy:
        return rewrite(graph, dropped=dropped, aliases=aliases)
    return rewrite(
        graph, dropped=dropped, aliases=aliases, values=_as_cast(graph, dropped), replaced=_as_told(graph, other)
    )


def _is_of_reals(graph: LayerGraph, layer: Layer) -> bool:
    """Whether a layer is a cast between single and half precision and nothing else."""
    if layer.kind != "cast" or len(layer.inputs) != 1 or layer.weights or "operands" in layer.attributes:
        return False
    value = graph.values.get(layer.inputs[0])
    return value is not None and {value.dtype, layer.attributes["to"]} <= REAL


def _rounds_alone(graph: LayerGraph, cast: Layer) -> bool:
    """Whether no layer computes in what a cast makes, so that all it does is to round, as no policy does."""
    users = graph.consumers.get(cast.outputs[0], ())
    return cast.attributes["to"] in HALF and bool(users) and all(_is_of_reals(graph, each) for each in users)


def _as_cast(graph: LayerGraph, dropped: set[str]) -> dict[str, Value]:
    """The values that are only used as casts make them, with the type that these give."""
    found = {}
    for layer in graph.layers:
        users = {value: graph.consumers.get(value, ()) for value in layer.outputs if layer.kind != "input"}
        for value, casts in users.items():
            types = {each.attributes["to"] for each in casts if each.path in dropped}
            if len(types) == 1 and all(each.path in dropped for each in casts) and value not in graph.outputs:
                found[value] = replace(graph.values[value], dtype=types.pop())
    return found


def _as_told(graph: LayerGraph, other: LayerGraph) -> dict[str, Layer]:
    """The layers with a number of half precision, with the number of the other side that is rounded to it."""
    told = {value for layer in other.layers for value in layer.attributes.values() if isinstance(value, float)}
    exact = {name: sorted((_half(each, name), each) for each in told if isfinite(each)) for name in HALF}
    found = {}
    for layer in graph.layers:
        number, made = layer.attributes.get("operand"), graph.values.get(layer.outputs[0]) if layer.outputs else None
        if made is None or not isinstance(number, float):
            continue
        known = exact.get(made.dtype or "", [])
        at = bisect_left(known, (number, -inf))
        near = next((full for rounded, full in known[max(at - 1, 0) : at + 1] if close(rounded, number)), number)
        if near != number:
            found[layer.path] = replace(layer, attributes={**layer.attributes, "operand": near})
    return found


def _half(number: float, dtype: str) -> float:
    """A number as the numbers of a type of half precision have it: 11 bits of it, or the 8 of bfloat16."""
    mantissa, exponent = frexp(number)
    bits = 11 if dtype == "float16" else 8
    return ldexp(round(ldexp(mantissa, bits)), exponent - bits)


def _is_halved(graph: LayerGraph, other: LayerGraph) -> bool:
    """Whether all weights are in half precision, and all of the other model's in single."""
    mine, theirs = _types(graph), _types(other)
    return bool(mine) and mine <= HALF and bool(theirs) and theirs <= {"float32"}


def _types(graph: LayerGraph) -> set[str]:
    """The types of its weights, numbers of no training aside."""
    return {each.dtype for each in graph.weights if each.census in LEARNED and each.numel > 1}
