"""A mask of attention that a model computes of numbers alone is fixed: it lets all through, or is the causal one."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from parity.graph import Layer, LayerGraph, Note, Undone
from parity.kinds import ALL, CAUSAL, added_pattern, mask_pattern
from parity.passes._rewrite import rewrite

MOST = 1 << 20
"""Masks of more elements are left alone."""

DEPTH = 64
MASKED = 4
"""Inputs of an attention with a mask."""

NONSENSE = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError)


def resolve_masks(graph: LayerGraph) -> LayerGraph:
    """Let the settings of an attention say what a fixed mask lets through."""
    replaced = {}
    known: dict[str, Any] = {}
    for layer in graph.layers:
        if layer.kind != "attention" or len(layer.inputs) != MASKED or layer.attributes["causal"]:
            continue
        found = _pattern(graph, layer, known)
        if found is None:
            continue
        settings = {"mask": None if found in {ALL, CAUSAL} else found, "causal": found == CAUSAL}
        note = Note(Undone.MASK, f"its mask is fixed: {found}")
        attributes = {**layer.attributes, **settings}
        replaced[layer.path] = replace(
            layer, attributes=attributes, inputs=layer.inputs[:-1], notes=(*layer.notes, note)
        )
    return rewrite(graph, replaced=replaced)


def _pattern(graph: LayerGraph, layer: Layer, known: dict[str, Any]) -> str | None:
    array = _array(graph, layer.inputs[-1], known, 0)
    if array is None:
        return None
    if layer.attributes["mask"] == "attends":
        return mask_pattern(array) if array.dtype == bool else None
    return added_pattern(array)


def _array(graph: LayerGraph, value: str, known: dict[str, Any], depth: int) -> Any:
    """The elements of a value that follows from numbers alone, or None."""
    if value not in known:
        known[value] = None
        layer, shape = graph.producers.get(value), graph.shape(value)
        small = shape is not None and all(isinstance(size, int) for size in shape)
        if layer is None or layer.weights or not small or layer.kind not in KINDS or depth > DEPTH:
            return None
        inputs = [_array(graph, each, known, depth + 1) for each in layer.inputs]
        if all(each is not None for each in inputs):
            known[value] = _computed(layer, inputs, tuple(size for size in shape or () if isinstance(size, int)))
    return known[value]


def _computed(layer: Layer, inputs: list[Any], shape: tuple[int, ...]) -> Any:
    import numpy as np

    if np.prod(shape, dtype="float64") > MOST:
        return None
    try:
        found = KINDS[layer.kind](np, layer.attributes, inputs, shape)
    except NONSENSE:  # settings that make no sense: its own kind says so
        return None
    return found if found is not None and found.shape == shape else None


def _elementwise(np: Any, attributes: Mapping[str, Any], inputs: list[Any], _: tuple[int, ...]) -> Any:
    name, operand = FUNCTIONS[attributes["function"]], attributes.get("operand")
    if isinstance(operand, float):
        inputs = [operand, *inputs] if attributes.get("operand_first") else [*inputs, operand]
    return getattr(np, name)(*inputs)


def _spread(np: Any, attributes: Mapping[str, Any], _: list[Any], shape: tuple[int, ...]) -> Any:
    return np.full(shape, attributes["value"])


def _ranged(np: Any, attributes: Mapping[str, Any], _: list[Any], shape: tuple[int, ...]) -> Any:
    return attributes["start"] + attributes["step"] * np.arange(shape[0])


def _sliced(_: Any, attributes: Mapping[str, Any], inputs: list[Any], __: tuple[int, ...]) -> Any:
    ranges = [slice(None)] * inputs[0].ndim
    for axis, bounds in zip(attributes["axes"], attributes["bounds"], strict=True):
        ranges[axis] = slice(*bounds)
    return inputs[0][tuple(ranges)]


def _chosen(np: Any, attributes: Mapping[str, Any], inputs: list[Any], _: tuple[int, ...]) -> Any:
    given = iter(inputs)
    places = attributes.get("operands", ("value",) * len(inputs))
    return np.where(*(next(given) if place == "value" else place for place in places))


def _accumulated(np: Any, attributes: Mapping[str, Any], inputs: list[Any], _: tuple[int, ...]) -> Any:
    plain = attributes["function"] == "sum" and set(attributes) <= {"function", "axis"}
    return np.cumsum(inputs[0], axis=attributes["axis"]) if plain else None


FUNCTIONS = {
    **{name: name for name in ("add", "subtract", "multiply", "equal", "not_equal", "greater", "less")},
    **{
        name: name
        for name in ("greater_equal", "less_equal", "logical_and", "logical_or", "logical_not", "logical_xor")
    },
}
KINDS: Mapping[str, Callable[..., Any]] = {
    "elementwise": _elementwise,
    "fill": _spread,
    "range": _ranged,
    "slice": _sliced,
    "where": _chosen,
    "cumulate": _accumulated,
    "reshape": lambda _, __, inputs, shape: inputs[0].reshape(shape),
    "permute": lambda np, attributes, inputs, _: np.transpose(inputs[0], attributes["order"]),
    "expand": lambda np, _, inputs, shape: np.broadcast_to(inputs[0], shape),
    "concat": lambda np, attributes, inputs, _: np.concatenate(inputs, axis=attributes["axis"]),
}
"""How to compute a layer, by kind."""
