"""The values of a graph that follow from numbers alone, computed: arithmetic on places, masks, tables of angles."""

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from parity.graph import Census, Layer, LayerGraph, Weight

MOST = 1 << 20
"""Values of more elements are left alone."""

IN_ALL = 1 << 24
"""So many elements are computed for a graph, and then no more."""

UNTRAINED = frozenset({Census.CONSTANT, Census.NONPERSISTENT, Census.STATE, Census.FROZEN})
"""Classes of weights whose numbers stay what they are."""

NONSENSE = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError)

FOR_ANY_BATCH = {"elementwise", "cast", "fill"}
"""Kinds that make of numbers the same for each sample, of which a free batch has one then."""

Arrays = list[Any]
Settings = Mapping[str, Any]


def known(graph: LayerGraph, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The array of each value that layers make of numbers alone, and of values that are given."""
    found: dict[str, Any] = dict(given or {})
    left = IN_ALL
    for layer in graph.layers:
        if (
            left > 0
            and layer.kind in KINDS
            and len(layer.outputs) == 1
            and all(value in found for value in layer.inputs)
        ):
            array = computed(graph, layer, [found[value] for value in layer.inputs])
            if array is not None:
                found[layer.outputs[0]] = array
                left -= array.size
    return found


def numbers(weight: Weight) -> Any:
    """The elements of a weight that no training changes; None where they are not known."""
    if weight.numbers is None or weight.census not in UNTRAINED:
        return None
    import numpy as np

    single = weight.dtype in {"float16", "bfloat16", "float32"}
    return np.asarray(weight.numbers, "float32" if single else None).reshape(weight.shape)


def computed(
    graph: LayerGraph,
    layer: Layer,
    inputs: Arrays,
    formulas: Mapping[str, Callable[..., Any]] | None = None,
) -> Any:
    """The array that a layer of known shape makes of arrays, or None where it does not follow.

    Args:
        graph: what the layer is of.
        layer: one with a single output.
        inputs: an array for each of its inputs.
        formulas: how to compute it, by kind, in double precision; by default those of constants, in the value's own.
    """
    shape, value = graph.shape(layer.outputs[0]), graph.values.get(layer.outputs[0])
    if shape and not isinstance(shape[0], int) and layer.kind in FOR_ANY_BATCH:
        shape = (1, *shape[1:])
    sizes = [size for size in shape or () if isinstance(size, int)]
    if shape is None or len(sizes) < len(shape) or prod(sizes) > MOST:
        return None
    stored = [numbers(weight) for weight in layer.weights]
    if any(each is None for each in stored):
        return None
    import numpy as np

    try:
        with np.errstate(all="ignore"):
            given = operands(np, layer, inputs, stored)
            made = np.asarray((formulas or KINDS)[layer.kind](np, layer.attributes, given, shape))
            found = made if formulas else _typed(made, value.dtype or "" if value else "")
    except NONSENSE:  # settings that make no sense: its own kind says so
        return None
    return found if found.dtype.kind in "biuf" and found.shape == shape else None


def operands(np: Any, layer: Layer, inputs: Arrays, stored: Arrays) -> Arrays:
    """What a layer computes with, by place."""
    attributes = layer.attributes
    if layer.kind != "elementwise" or "operands" in attributes:
        given, held = iter(inputs), iter(stored)
        places = attributes.get("operands", ("value",) * len(inputs) + ("stored",) * len(stored))
        return [
            next(given) if each == "value" else next(held) if each == "stored" else np.asarray(each) for each in places
        ]
    shapes = list(attributes.get("operand_shapes", ()))
    others = [each.reshape(shape) for each, shape in zip(stored, shapes or [()], strict=False)]
    if "operand" in attributes:
        operand = np.asarray(attributes["operand"])
        others.append(operand.reshape(shapes[-1]) if operand.ndim else operand)
    return [*others, *inputs] if attributes.get("operand_first") else [*inputs, *others]


def _typed(array: Any, dtype: str) -> Any:
    """An array as numbers of a type, as far as that loses nothing."""
    kind = array.dtype.kind
    if dtype.startswith("float"):
        return array.astype("float64" if dtype == "float64" else "float32")
    if dtype == "bool" and kind in "iuf" and ((array == 0) | (array == 1)).all():
        return array.astype(bool)
    if dtype.startswith(("int", "uint")) and kind == "f" and not (array % 1).any():
        return array.astype("int64")
    return array


def _check(right: object) -> None:
    """Compute nothing that is larger than it is said to be.

    Raises:
        ValueError: it is.
    """
    if not right:
        raise ValueError(right)


def _elementwise(np: Any, attributes: Settings, operands: Arrays, shape: Any) -> Any:
    _check(np.broadcast_shapes(*(each.shape for each in operands)) == shape)
    return getattr(np, FUNCTIONS[attributes["function"]])(*operands)


def _sliced(_: Any, attributes: Settings, operands: Arrays, __: Any) -> Any:
    (array,) = operands
    ranges = [slice(None)] * array.ndim
    for axis, bounds in zip(attributes["axes"], attributes["bounds"], strict=True):
        ranges[axis] = slice(*bounds)
    return array[tuple(ranges)]


def _chosen(np: Any, _: Settings, operands: Arrays, shape: Any) -> Any:
    _check(np.broadcast_shapes(*(each.shape for each in operands)) == shape)
    return np.where(*operands)


def _multiplied(np: Any, _: Settings, operands: Arrays, shape: Any) -> Any:
    left, right = operands
    front = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    _check(left.ndim > 1 < right.ndim and (*front, left.shape[-2], right.shape[-1]) == shape)
    return np.matmul(left, right)


def _gathered(np: Any, attributes: Settings, operands: Arrays, _: Any) -> Any:
    array, *places = operands
    places = [place.astype("int64") if place.dtype.kind == "f" and not (place % 1).any() else place for place in places]
    _check(max(place.size for place in places) * array.size <= MOST or array.ndim == 1)
    mode = attributes["mode"]
    if mode == "points" and attributes["at"] == tuple(range(len(places))):
        return array[tuple(places)]
    if mode == "points" and attributes["at"] == ("last", 0):
        return array[tuple(np.moveaxis(places[0], -1, 0))]
    (index,) = places
    take = {"take": np.take, "along": np.take_along_axis}[mode]
    return take(array, index, axis=attributes["axis"])


def _accumulated(np: Any, attributes: Settings, operands: Arrays, _: Any) -> Any:
    if attributes.get("exclusive") or attributes.get("reverse"):
        raise ValueError(attributes)
    return {"sum": np.cumsum, "prod": np.cumprod}[attributes["function"]](operands[0], axis=attributes["axis"])


def _reduced(np: Any, attributes: Settings, operands: Arrays, _: Any) -> Any:
    reduce = {name: name for name in ("sum", "prod", "mean", "max", "min", "any", "all")}[attributes["function"]]
    return getattr(np, reduce)(operands[0], axis=attributes["axes"], keepdims=attributes["keepdims"])


def _cast(_: Any, attributes: Settings, operands: Arrays, __: Any) -> Any:
    to = attributes["to"]
    return operands[0].astype("int64" if to == "integer" else "float32" if to == "bfloat16" else to)


def _triangle(np: Any, attributes: Settings, operands: Arrays, _: Any) -> Any:
    return (np.triu if attributes["upper"] else np.tril)(operands[0], attributes["diagonal"])


def _concatenated(np: Any, attributes: Settings, operands: Arrays, shape: Any) -> Any:
    _check(sum(each.size for each in operands) == prod(shape))
    return np.concatenate(operands, axis=attributes["axis"])


def _tiled(np: Any, attributes: Settings, operands: Arrays, shape: Any) -> Any:
    _check(prod(attributes["repeats"]) * operands[0].size == prod(shape))
    if not attributes["interleaved"]:
        return np.tile(operands[0], attributes["repeats"])
    array = operands[0]
    for axis, times in enumerate(attributes["repeats"]):
        array = np.repeat(array, times, axis=axis)
    return array


def _activated(np: Any, attributes: Settings, operands: Arrays, _: Any) -> Any:
    bounds = (attributes["low"], attributes["high"]) if attributes["function"] == "clip" else ()
    return np.clip(operands[0], *bounds)


def _resized(np: Any, _: Settings, operands: Arrays, shape: Any) -> Any:
    """An image of one number has it in any size: masks of images that fill the whole batch."""
    array = operands[0]
    _check(array.size and len(array.shape) == len(shape) and (array == array.flat[0]).all())
    return np.full(shape, array.flat[0])


FUNCTIONS = {
    **{name: name for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "remainder")},
    **{name: name for name in ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal", "fmod")},
    **{name: name for name in ("logical_and", "logical_or", "logical_xor", "logical_not", "bitwise_and", "bitwise_or")},
    **{name: name for name in ("abs", "negative", "sqrt", "reciprocal", "log", "exp2", "sin", "cos", "floor", "ceil")},
    **{name: name for name in ("sign", "floor_divide", "log2", "log1p", "expm1")},
    "is_nan": "isnan",
    "truncate": "trunc",
}
"""Element-wise functions as numpy calls them."""

KINDS: Mapping[str, Callable[..., Any]] = {
    "elementwise": _elementwise,
    "constant": lambda np, attributes, _, shape: np.asarray(attributes["numbers"]).reshape(shape),
    "fill": lambda np, attributes, _, shape: np.full(shape, attributes["value"]),
    "range": lambda np, attributes, _, shape: attributes["start"] + attributes["step"] * np.arange(shape[0]),
    "slice": _sliced,
    "select": lambda np, attributes, operands, _: np.take(operands[0], attributes["index"], axis=attributes["axis"]),
    "stack_axis": lambda np, attributes, operands, _: np.expand_dims(operands[0], attributes["axis"]),
    "where": _chosen,
    "gather": _gathered,
    "cumulate": _accumulated,
    "reduce": _reduced,
    "cast": _cast,
    "resize": _resized,
    "triangle": _triangle,
    "tile": _tiled,
    "matmul": _multiplied,
    "identity": lambda _, __, operands, ___: operands[0],
    "activation": _activated,
    "reshape": lambda _, __, operands, shape: operands[0].reshape(shape),
    "flatten": lambda _, __, operands, shape: operands[0].reshape(shape),
    "permute": lambda np, attributes, operands, _: np.transpose(operands[0], attributes["order"]),
    "expand": lambda np, _, operands, shape: np.broadcast_to(operands[0], shape),
    "concat": _concatenated,
}
"""How to compute a layer, by kind."""
