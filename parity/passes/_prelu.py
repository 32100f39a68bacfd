"""A parametric ReLU written as the sum of two ReLUs; and what is found of any function that layers compute together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from parity.graph import Layer, LayerGraph

Function = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """A function: of which value, and the layers that computed it besides the last one."""

    function: Function
    source: str
    parts: Mapping[str, Layer]
    kind: str = "activation"
    weights: tuple[Any, ...] = ()


def function_of(layer: Layer | None) -> str:
    """The function of a layer that has no weights; "" of any other."""
    plain = layer is not None and layer.kind in {"elementwise", "activation"} and not layer.weights
    return str(layer.attributes.get("function")) if plain and layer is not None else ""


def prelu(graph: LayerGraph, layer: Layer) -> Found | None:
    """relu(x) + alpha * relu(-x), with a stored number for each channel or place."""
    if function_of(layer) != "add" or len(layer.inputs) != 2:  # noqa: PLR2004
        return None
    for at, value in enumerate(layer.inputs):
        positive, slope = graph.producers.get(value), graph.producers.get(layer.inputs[1 - at])
        operand = (
            slope.weight("operand") if slope is not None and slope.attributes.get("function") == "multiply" else None
        )
        if positive is None or slope is None or operand is None or len(slope.weights) != 1 or len(slope.inputs) != 1:
            continue
        negative = graph.producers.get(slope.inputs[0])
        flipped = graph.producers.get(negative.inputs[0]) if negative is not None and negative.inputs else None
        if function_of(positive) != "relu" or function_of(negative) != "relu" or function_of(flipped) != "negative":
            continue
        if negative is None or flipped is None or flipped.inputs != positive.inputs:
            continue
        alpha = replace(operand, role="alpha")
        axes, layout = _places(slope, operand.shape)
        attributes = {"axes": axes, "features": tuple(size for size in operand.shape if size != 1), "ones": 0}
        parts = {each.path: each for each in (positive, slope, negative, flipped)}
        return Found(attributes, flipped.inputs[0], parts, "prelu", (replace(alpha, axes=layout),))
    return None


def _places(slope: Layer, shape: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
    """The axes along which slopes differ, and the names of the axes of their weight."""
    if len(shape) < 2:  # noqa: PLR2004
        return ((slope.attributes["operand_axis"],), "c") if shape else ((), "")
    return tuple(range(-len(shape), 0)), " ".join(f"axis{len(shape) - at}" for at in range(len(shape)))
