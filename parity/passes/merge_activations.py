"""Activation functions that exporters wrote as products, sums and simpler functions, recognised by their constants."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import isclose, pi, sqrt
from typing import Any

from parity.graph import Layer, LayerGraph
from parity.passes._prelu import Found, Function, function_of, prelu
from parity.passes._rewrite import rewrite

CLOSE = 1e-5
"""Relative error of the constants: those of GELU are told to five to eight digits, and rounded to single precision."""


def merge_activations(graph: LayerGraph) -> LayerGraph:
    """Put one activation in the place of each group of layers that computes nothing else."""
    while (merged := _round(graph)) is not graph:
        graph = merged
    return graph


def _round(graph: LayerGraph) -> LayerGraph:
    replaced: dict[str, Layer] = {}
    dropped: set[str] = set()
    for layer in reversed(graph.layers):
        if layer.path in dropped or layer.kind != "elementwise" or len(layer.outputs) != 1:
            continue
        product = _Product(graph, layer)
        found = product.read() if layer.attributes.get("function") == "multiply" else prelu(graph, layer)
        if found is None or not _only_inside(graph, layer, found.parts) or dropped.intersection(found.parts):
            continue
        names = ", ".join(dict.fromkeys(each.source for each in found.parts.values()))
        sources = tuple(
            dict.fromkeys((*layer.sources, *(one for each in found.parts.values() for one in each.sources)))
        )
        replaced[layer.path] = replace(
            layer,
            kind=found.kind,
            attributes=found.function,
            inputs=(found.source,),
            weights=found.weights,
            sources=sources,
            notes=(*layer.notes, f"{names or layer.source} compute its parts"),
        )
        dropped.update(found.parts)
    return rewrite(graph, replaced=replaced, dropped=dropped)


def _only_inside(graph: LayerGraph, end: Layer, parts: Mapping[str, Layer]) -> bool:
    """Whether nothing else uses what the parts compute."""
    inside = {end.path, *parts}
    return not any(
        value in graph.outputs or any(user.path not in inside for user in graph.consumers.get(value, ()))
        for part in parts.values()
        for value in part.outputs
    )


class _Product:
    """What a layer multiplies: a number and values, through products that nothing else needs."""

    def __init__(self, graph: LayerGraph, layer: Layer) -> None:
        self.graph = graph
        self.layer = layer
        self.number = 1.0
        self.parts: dict[str, Layer] = {}
        self.factors: list[str] = []

    def read(self) -> Found | None:
        """The function that a product of few factors is."""
        self._take(self.layer)
        if len(self.factors) > 2 or not self.factors:  # noqa: PLR2004  no function of one value has more
            return None
        for at, value in enumerate(self.factors):
            maker = self.graph.producers.get(value)
            rest = self.factors[:at] + self.factors[at + 1 :]
            told = _FACTORS.get(function_of(maker)) if maker is not None else None
            found = told(self, maker, rest[0] if rest else None) if told is not None and maker is not None else None
            if found is not None:
                return found
        return None

    def _take(self, layer: Layer) -> None:
        """Multiply by a layer's operands."""
        number = layer.attributes.get("operand")
        if number is not None or layer.weights:
            plain = not layer.weights and not layer.attributes.get("operand_first")
            if not isinstance(number, float | int) or not plain or layer.attributes["function"] != "multiply":
                self.factors.append(layer.outputs[0])
                return
            self.number *= number
        elif layer.attributes["function"] != "multiply":
            self.factors.append(layer.outputs[0])
            return
        if layer is not self.layer:
            self.parts[layer.path] = layer
        for value in layer.inputs:
            maker = self.graph.producers.get(value)
            alone = len(self.graph.consumers.get(value, ())) == 1
            if maker is not None and alone and function_of(maker) == "multiply" and len(self.parts) < 4:  # noqa: PLR2004
                self._take(maker)
            else:
                self.factors.append(value)

    def found(self, function: Function, source: str, *more: Layer) -> Found:
        """The function, with all that computes it."""
        return Found(function, source, {**self.parts, **{each.path: each for each in more}})


def _number(layer: Layer | None, function: str) -> float | None:
    """The number that a layer adds or multiplies by, if it does just that."""
    number = layer.attributes.get("operand") if layer is not None and function_of(layer) == function else None
    plain = layer is not None and not layer.attributes.get("operand_first") and len(layer.inputs) == 1
    return float(number) if isinstance(number, float | int) and plain else None


def _is(number: float | None, wanted: float) -> bool:
    return number is not None and isclose(number, wanted, rel_tol=CLOSE)


def _sigmoid(product: _Product, maker: Layer, other: str | None) -> Found | None:
    """Swish: x * sigmoid(x), or x * sigmoid(beta * x)."""
    if other is None or product.number != 1:
        return None
    if maker.inputs[0] == other:
        return product.found({"function": "silu"}, other, maker)
    inner = product.graph.producers.get(maker.inputs[0])
    beta = _number(inner, "multiply")
    if inner is None or beta is None or inner.inputs[0] != other:
        return None
    return product.found({"function": "silu", "beta": beta}, other, maker, inner)


def _hard_sigmoid(product: _Product, maker: Layer, other: str | None) -> Found | None:
    """Hard swish: x * hard_sigmoid(x)."""
    plain = product.number == 1 and maker.attributes == {"function": "hard_sigmoid"}
    return product.found({"function": "hard_silu"}, other, maker) if plain and maker.inputs[0] == other else None


def _relu6(product: _Product, maker: Layer, other: str | None) -> Found | None:
    """relu6(x + 3) / 6, and x times that."""
    shift = product.graph.producers.get(maker.inputs[0])
    if shift is None or not _is(product.number, 1 / 6) or not _is(_number(shift, "add"), 3):
        return None
    if other is None:
        return product.found({"function": "hard_sigmoid"}, shift.inputs[0], maker, shift)
    return product.found({"function": "hard_silu"}, other, maker, shift) if shift.inputs[0] == other else None


def _tanh(product: _Product, maker: Layer, other: str | None) -> Found | None:
    """Mish: x * tanh(softplus(x))."""
    inner = product.graph.producers.get(maker.inputs[0])
    plain = inner is not None and inner.attributes == {"function": "softplus"} and product.number == 1
    if inner is None or not plain or inner.inputs[0] != other:
        return None
    return product.found({"function": "mish"}, inner.inputs[0], maker, inner)


def _one_plus(product: _Product, maker: Layer, other: str | None) -> Found | None:
    """GELU: x * (1 + erf(x / sqrt(2))) / 2, and the same with the approximation by tanh."""
    inner = product.graph.producers.get(maker.inputs[0])
    if other is None or inner is None or not _is(product.number, 0.5) or not _is(_number(maker, "add"), 1):
        return None
    scaled = product.graph.producers.get(inner.inputs[0]) if inner.inputs else None
    if function_of(inner) == "erf" and scaled is not None and _scales(scaled, other, sqrt(0.5)):
        return product.found({"function": "gelu", "approximate": "none"}, other, maker, inner, scaled)
    parts = _cubic(product.graph, inner.inputs[0], other) if function_of(inner) == "tanh" else None
    if parts is None:
        return None
    return product.found({"function": "gelu", "approximate": "tanh"}, other, maker, inner, *parts)


def _erfc(product: _Product, maker: Layer, other: str | None) -> Found | None:
    """GELU: x * erfc(-x / sqrt(2)) / 2, where the sign may be a step of its own."""
    if other is None or not _is(product.number, 0.5):
        return None
    scaled = product.graph.producers.get(maker.inputs[0])
    if scaled is None:
        return None
    if _scales(scaled, other, -sqrt(0.5)):
        return product.found({"function": "gelu", "approximate": "none"}, other, maker, scaled)
    inner = product.graph.producers.get(scaled.inputs[0]) if scaled.inputs else None
    if inner is None or not _negates(inner, scaled, other):
        return None
    return product.found({"function": "gelu", "approximate": "none"}, other, maker, scaled, inner)


def _negates(first: Layer, second: Layer, value: str) -> bool:
    """Whether two layers one after the other give ``-value / sqrt(2)``."""
    if first.inputs[:1] != (value,):
        return False
    steps = [-1.0 if function_of(each) == "negative" else _number(each, "multiply") for each in (first, second)]
    return None not in steps and _is((steps[0] or 0) * (steps[1] or 0), -sqrt(0.5))


def _scales(layer: Layer, value: str, number: float) -> bool:
    return layer.inputs[:1] == (value,) and _is(_number(layer, "multiply"), number)


def _cubic(graph: LayerGraph, value: str, source: str) -> tuple[Layer, ...] | None:
    """The layers that compute ``sqrt(2 / pi) * (x + 0.044715 * x**3)``."""
    outer = graph.producers.get(value)
    total = graph.producers.get(outer.inputs[0]) if outer is not None and outer.inputs else None
    if outer is None or total is None or not _is(_number(outer, "multiply"), sqrt(2 / pi)):
        return None
    if function_of(total) == "add" and len(total.inputs) == 2 and source in total.inputs:  # noqa: PLR2004
        term = next((each for each in total.inputs if each != source), source)
        steps = tuple(_monomial(graph, term, source))
        return (outer, total, *steps[1:]) if steps and steps[0] == (0.044715, 3) else None
    if function_of(total) != "multiply" or source not in total.inputs:
        return None
    one = graph.producers.get(next((each for each in total.inputs if each != source), source))
    if one is None or not _is(_number(one, "add"), 1):
        return None
    steps = tuple(_monomial(graph, one.inputs[0], source))
    return (outer, total, one, *steps[1:]) if steps and steps[0] == (0.044715, 2) else None


def _monomial(graph: LayerGraph, value: str, source: str) -> Iterator[Any]:
    """The number and the power of ``number * x**power``, and the layers that compute it; nothing for anything else."""
    number, power, waiting = 1.0, 0.0, [(value, 1.0)]
    parts: list[Layer] = []
    while waiting:
        name, times = waiting.pop()
        maker = graph.producers.get(name)
        exponent = _number(maker, "power")
        if name == source:
            power += times
        elif maker is None or len(parts) > 6:  # noqa: PLR2004  no exporter takes as many steps
            return
        elif exponent is not None:
            parts.append(maker)
            waiting.append((maker.inputs[0], times * exponent))
        elif function_of(maker) == "multiply" and not maker.attributes.get("operand_first") and times == 1:
            factor = maker.attributes.get("operand", 1.0)
            if not isinstance(factor, float | int):
                return
            number *= factor
            parts.append(maker)
            waiting += [(each, times) for each in maker.inputs]
        else:
            return
    yield (0.044715 if _is(number, 0.044715) else number, power)
    yield from {each.path: each for each in parts}.values()


_FACTORS: Mapping[str, Callable[[_Product, Layer, str | None], Found | None]] = {
    "sigmoid": _sigmoid,
    "hard_sigmoid": _hard_sigmoid,
    "relu6": _relu6,
    "tanh": _tanh,
    "add": _one_plus,
    "erfc": _erfc,
}
"""How to go on, by the function of one of the factors."""
