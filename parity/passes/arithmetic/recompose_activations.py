"""Activations that exporters write as arithmetic are put together again: SiLU, Mish, GELU, hard-swish, softplus."""

from dataclasses import replace
from math import pi, sqrt
from typing import Any

from parity.graph import Layer, LayerGraph
from parity.passes._patterns import between, close, factors, made_by, scaled, stands_for, with_number
from parity.passes._rewrite import rewrite

CUBIC = 0.044715
"""The factor in the tanh form of GELU (Hendrycks and Gimpel 2016)."""

STEEP = 20.0
"""Where PyTorch's softplus turns to the identity by default, which it is to single precision there."""

Found = tuple[str, dict[str, Any]]
"""The value that an activation is applied to, and its attributes."""


def recompose_activations(graph: LayerGraph) -> LayerGraph:
    """Let one activation stand for the arithmetic that ends in a layer."""
    replaced = {}
    for layer in graph.layers:
        found = _found(graph, layer)
        if found is None:
            continue
        value, attributes = found
        made = replace(layer, kind="activation", attributes=attributes, inputs=(value,))
        parts = between(graph, layer, value)
        note = f"{len(parts)} operators that are {attributes['function']}"
        replaced[layer.path] = stands_for(made, parts, note)
    return rewrite(graph, replaced=replaced)


def _found(graph: LayerGraph, layer: Layer) -> Found | None:
    if layer.kind == "where":
        return _steep(graph, layer)
    if layer.kind != "elementwise" or layer.attributes.get("function") != "multiply" or layer.weights:
        return None
    values, factor = factors(graph, layer)
    if len(values) == 1:
        return _sixth(graph, values[0], factor)
    if len(values) != 2:  # noqa: PLR2004
        return None
    for value, gate in (values, values[::-1]):
        for recognise in (_gated, _erf, _erfc, _tanh, _clipped):
            found = recognise(graph, value, gate, factor)
            if found is not None:
                return value, found
    return None


def _gated(graph: LayerGraph, value: str, gate: str, factor: float) -> dict[str, Any] | None:
    """X * f(x) for a function f by which such products have a name."""
    layer = made_by(graph, gate, "activation")
    if layer is None or factor != 1 or set(layer.attributes) != {"function"}:
        return None
    function, inner = layer.attributes["function"], layer.inputs[0]
    if function == "tanh":
        soft = made_by(graph, inner, "activation", "softplus")
        plain = soft is not None and set(soft.attributes) == {"function"} and soft.inputs == (value,)
        return {"function": "mish"} if plain else None
    if function == "sigmoid" and inner != value:
        inner, beta = scaled(graph, inner)
        return {"function": "silu", "beta": beta} if inner == value else None
    names = {"sigmoid": "silu", "hard_sigmoid": "hard_silu"}
    return {"function": names[function]} if function in names and inner == value else None


def _erf(graph: LayerGraph, value: str, gate: str, factor: float) -> dict[str, Any] | None:
    """X / 2 * (1 + erf(x / sqrt(2)))."""
    added = with_number(graph, gate, "add")
    layer = (
        made_by(graph, added[0], "elementwise", "erf") if added is not None and close(factor * added[1], 0.5) else None
    )
    if layer is None or added is None or not close(added[1], 1):
        return None
    inner, scale = scaled(graph, layer.inputs[0])
    return {"function": "gelu", "approximate": "none"} if inner == value and close(scale, 1 / sqrt(2)) else None


def _erfc(graph: LayerGraph, value: str, gate: str, factor: float) -> dict[str, Any] | None:
    """X / 2 * erfc(-x / sqrt(2)), where the sign may be a step of its own."""
    layer = made_by(graph, gate, "elementwise", "erfc")
    if layer is None or not close(factor, 0.5):
        return None
    inner, scale = scaled(graph, layer.inputs[0])
    negated = made_by(graph, inner, "elementwise", "negative")
    if negated is not None:
        inner, scale = negated.inputs[0], -scale
        inner, more = scaled(graph, inner)
        scale *= more
    return {"function": "gelu", "approximate": "none"} if inner == value and close(scale, -1 / sqrt(2)) else None


def _tanh(graph: LayerGraph, value: str, gate: str, factor: float) -> dict[str, Any] | None:
    """X / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))."""
    added = with_number(graph, gate, "add")
    layer = made_by(graph, added[0], "activation", "tanh") if added is not None and close(factor, 0.5) else None
    if layer is None or added is None or not close(added[1], 1):
        return None
    inner, scale = scaled(graph, layer.inputs[0])
    total = made_by(graph, inner, "elementwise", "add")
    if total is None or len(total.inputs) != 2 or not close(scale, sqrt(2 / pi)) or value not in total.inputs:  # noqa: PLR2004
        return None
    other = total.inputs[1 - total.inputs.index(value)]
    cube, by = scaled(graph, other)
    return {"function": "gelu", "approximate": "tanh"} if _is_cube(graph, cube, value) and close(by, CUBIC) else None


def _is_cube(graph: LayerGraph, cube: str, value: str) -> bool:
    """Whether a value is the third power of another, or the product of it with its square."""
    product = made_by(graph, cube, "elementwise", "multiply")
    if product is None or value not in product.inputs or len(product.inputs) != 2:  # noqa: PLR2004
        return with_number(graph, cube, "power") == (value, 3.0)
    other = product.inputs[1 - product.inputs.index(value)]
    square = made_by(graph, other, "elementwise", "multiply")
    return with_number(graph, other, "power") == (value, 2.0) or (
        square is not None and square.inputs == (value, value)
    )


def _clipped(graph: LayerGraph, value: str, gate: str, factor: float) -> dict[str, Any] | None:
    """X * relu6(x + 3) / 6."""
    layer = made_by(graph, gate, "activation", "relu6")
    if layer is None or not close(factor, 1 / 6):
        return None
    return {"function": "hard_silu"} if with_number(graph, layer.inputs[0], "add") == (value, 3.0) else None


def _sixth(graph: LayerGraph, value: str, factor: float) -> Found | None:
    """Hard sigmoid: relu6(x + 3) / 6."""
    layer = made_by(graph, value, "activation", "relu6")
    found = with_number(graph, layer.inputs[0], "add") if layer is not None and close(factor, 1 / 6) else None
    return (found[0], {"function": "hard_sigmoid"}) if found is not None and found[1] == 3.0 else None  # noqa: PLR2004


def _steep(graph: LayerGraph, layer: Layer) -> Found | None:
    """X where x > 20, else softplus(x): what softplus gives anyway."""
    if len(layer.inputs) != 3 or layer.weights:  # noqa: PLR2004
        return None
    condition, value, otherwise = layer.inputs
    soft = made_by(graph, otherwise, "activation", "softplus")
    found = with_number(graph, condition, "greater")
    plain = soft is not None and soft.inputs == (value,) and found is not None and found[0] == value
    if not plain or found is None or soft is None or found[1] * soft.attributes.get("beta", 1.0) < STEEP:
        return None
    return value, dict(soft.attributes)
