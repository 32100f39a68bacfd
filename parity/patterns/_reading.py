"""The normal form of what a graph computes, from some of its values on."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite, prod
from typing import Any

from parity.graph import Layer, LayerGraph
from parity.patterns._polynomials import (
    ONE,
    Leaf,
    Polynomial,
    Settings,
    Stored,
    TooLarge,
    call,
    mean,
    polynomial,
)

MOST_LAYERS = 32
"""So far back a formula is read: the longest ones that exporters write have some twenty operators."""

ARITHMETIC = frozenset({"activation", "elementwise", "global_average_pool", "reduce", "where"})
"""Kinds that a formula is made of."""

REDUCED = frozenset({"max", "sum", "logsumexp"})
"""Reductions that are no means, or of which nobody knows how many elements they are of."""

WHOLE = ("int", "uint", "bool")
"""Types that follow other rules than real numbers do: their quotients are whole, and their sums run over."""


def cone(graph: LayerGraph, root: Layer) -> tuple[Layer, ...]:
    """The arithmetic that leads to a layer, itself first and the nearest next, as far back as formulas go."""
    found = {root.path: root}
    waiting = [root]
    for layer in waiting:
        for value in layer.inputs:
            maker = graph.producers.get(value)
            if maker is not None and maker.kind in ARITHMETIC and maker.path not in found:
                if len(found) == MOST_LAYERS:
                    return tuple(found.values())
                found[maker.path] = maker
                waiting.append(maker)
    return tuple(found.values())


def between(graph: LayerGraph, root: Layer, start: str, within: Collection[Layer]) -> tuple[Layer, ...] | None:
    """The layers that make one value of another, the root first; None where they use a third one.

    Args:
        graph: what they are of.
        root: the layer that makes the one value.
        start: the other value.
        within: how far they may go back.
    """
    known = {layer.path for layer in within}
    found = {root.path: root}
    waiting = [root]
    for layer in waiting:
        for value in layer.inputs:
            maker = graph.producers.get(value)
            if value == start:
                continue
            if maker is None or maker.path not in known:
                return None
            if maker.path not in found:
                found[maker.path] = maker
                waiting.append(maker)
    return tuple(found.values())


@dataclass(slots=True)
class Reading:
    """The normal forms of values of a graph, where one of them is taken as it is.

    Attributes:
        graph: what is read.
        start: the value of which the others are made.
        seen: the forms of values that have been read.
        holders: for each stored tensor, as it is laid along axes, the first layer that takes part with it.
    """

    graph: LayerGraph
    start: str
    seen: dict[str, Polynomial] = field(default_factory=dict)
    holders: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def of(self, root: Layer) -> Polynomial:
        """The normal form of what a layer makes.

        Raises:
            TooLarge: it has too many terms.
        """
        self._read(root)
        return self.seen[root.outputs[0]]

    def _read(self, root: Layer) -> None:
        """Read what leads to a layer, producers first: a loop, since the depth of a graph is a stranger's."""
        waiting = [root]
        while waiting:
            layer = waiting[-1]
            open_ = [maker for value in layer.inputs if (maker := self._maker(value)) is not None]
            if open_:
                waiting += open_
                continue
            waiting.pop()
            self.seen[layer.outputs[0]] = self._formula(layer)

    def _maker(self, value: str) -> Layer | None:
        """What has to be read before a value is known."""
        maker = self.graph.producers.get(value)
        if value == self.start or value in self.seen or maker is None or maker.kind not in ARITHMETIC:
            return None
        return maker if len(maker.outputs) == 1 else None

    def _value(self, value: str) -> Polynomial:
        return polynomial(Leaf(value)) if value == self.start else self.seen.get(value, polynomial(Leaf(value)))

    def _formula(self, layer: Layer) -> Polynomial:
        found = READERS[layer.kind](self, layer) if self._is_real(layer) else None
        return polynomial(Leaf(layer.outputs[0])) if found is None else found

    def _is_real(self, layer: Layer) -> bool:
        """Whether a layer computes with real numbers, be it only to compare them."""
        values = (self.graph.values.get(value) for value in (*layer.inputs, *layer.outputs))
        types = [value.dtype for value in values if value is not None and value.dtype]
        return not any(each.startswith(WHOLE[:2]) for each in types)

    def _operands(self, layer: Layer) -> list[Polynomial] | None:
        """What a layer computes with by place; None where a place holds an array of numbers."""
        told, inputs = layer.attributes.get("operands"), list(map(self._value, layer.inputs))
        if told is not None:
            return self._placed(layer, told, inputs)
        operand = layer.attributes.get("operand")
        if layer.weights:
            if len(layer.weights) > 1 or operand is not None or layer.weights[0].role != "operand":
                return None
            second = polynomial(Stored(self._holder(layer)))
        elif operand is None:
            return inputs
        elif isinstance(operand, int | float) and not isinstance(operand, bool):
            second = polynomial(float(operand))
        else:
            return None
        return [second, *inputs] if layer.attributes.get("operand_first") else [*inputs, second]

    def _holder(self, layer: Layer) -> str:
        told, (weight,) = layer.attributes, layer.weights
        laid = (weight.name, weight.factor, told.get("operand_axis"), told.get("operand_shapes"))
        return self.holders.setdefault(laid, layer.path)

    def _placed(self, layer: Layer, told: object, inputs: list[Polynomial]) -> list[Polynomial] | None:
        """The operands where a layer tells what stands in each place."""
        if not isinstance(told, tuple) or layer.weights or told.count("value") != len(inputs):
            return None
        rest = iter(inputs)
        found = [next(rest) if each == "value" else each for each in told]
        plain = all(isinstance(each, Polynomial | float) for each in found)
        return list(map(polynomial, found)) if plain else None

    def elementwise(self, layer: Layer) -> Polynomial | None:
        """Sums, products, powers, and functions of single elements."""
        given, function = self._operands(layer), str(layer.attributes.get("function"))
        if given is None or not given:
            return None
        if function in ARITHMETICAL:
            return ARITHMETICAL[function](given)
        if function == "power":
            monomial, exponent = given[-1].single or (None, 0.0)
            known = monomial == ONE and isinstance(exponent, float) and isfinite(exponent)
            return given[0] ** exponent if known and isinstance(exponent, float) else None
        return call(function, *given)

    def activation(self, layer: Layer) -> Polynomial | None:
        """A function of the elements, or of rows of them, of one value."""
        function = str(layer.attributes.get("function"))
        rest = {name: each for name, each in layer.attributes.items() if name != "function"}
        if layer.weights or len(layer.inputs) != 1:
            return None
        return call(function, self._value(layer.inputs[0]), settings=_sorted(rest))

    def where(self, layer: Layer) -> Polynomial | None:
        """A choice between two values."""
        given = self._operands(layer)
        return call("where", *given) if given is not None and len(given) == 3 else None

    def reduce(self, layer: Layer) -> Polynomial | None:
        """Means, sums, variances and the largest elements over axes that stay with one element."""
        told, value = layer.attributes, self._value(layer.inputs[0]) if layer.inputs else None
        axes = self._axes(layer)
        if value is None or layer.weights or axes is None or not told.get("keepdims"):
            return None
        function = told.get("function", "mean")
        if function == "mean":
            return mean(value, axes)
        if function in {"variance", "std"} and not told.get("correction"):
            spread = mean(value**2, axes) - mean(value, axes) ** 2
            return spread if function == "variance" else spread**0.5
        shape = self.graph.shape(layer.inputs[0]) or ()
        sizes = [shape[axis] for axis in axes]
        squared = {"sum": value, "sum_square": value**2}.get(function)
        known = [size for size in sizes if isinstance(size, int)]
        if squared is not None and len(known) == len(sizes):
            return mean(squared, axes) * float(prod(known))
        return call(function, value, settings=(("axes", axes),)) if function in REDUCED else None

    def _axes(self, layer: Layer) -> tuple[int, ...] | None:
        """The axes that a layer takes the mean over, from the front; None where they are not known."""
        shape = self.graph.shape(layer.inputs[0]) if layer.inputs else None
        if shape is None:
            return None
        if layer.kind == "global_average_pool":
            first = layer.attributes.get("data_format") == "channels_first"
            return tuple(range(2, len(shape)) if first else range(1, len(shape) - 1))
        axes = layer.attributes.get("axes")
        return tuple(sorted(axis % len(shape) for axis in axes)) if axes else None


def _sorted(settings: Mapping[str, Any]) -> Settings:
    return tuple(sorted(settings.items()))


def _total(given: list[Polynomial]) -> Polynomial:
    total = polynomial(0.0)
    for each in given:
        total = total + each
    return total


def _product(given: list[Polynomial]) -> Polynomial:
    product = polynomial(1.0)
    for each in given:
        product = product * each
    return product


ARITHMETICAL: Mapping[str, Callable[[list[Polynomial]], Polynomial]] = {
    "add": _total,
    "average": lambda given: _total(given) * (1.0 / len(given)),
    "subtract": lambda given: given[0] - _total(given[1:]),
    "negative": lambda given: -given[0],
    "multiply": _product,
    "divide": lambda given: given[0] / given[1],
    "reciprocal": lambda given: 1.0 / given[0],
    "sqrt": lambda given: given[0] ** 0.5,
    "rsqrt": lambda given: given[0] ** -0.5,
}
"""Functions that the normal form is made of."""

READERS: Mapping[str, Callable[[Reading, Layer], Polynomial | None]] = {
    "activation": Reading.activation,
    "elementwise": Reading.elementwise,
    "global_average_pool": Reading.reduce,
    "reduce": Reading.reduce,
    "where": Reading.where,
}


def form(graph: LayerGraph, root: Layer, start: str) -> Polynomial | None:
    """The normal form of what a layer makes of a value; None where it is too large for any pattern."""
    try:
        return Reading(graph, start).of(root)
    except TooLarge:
        return None


def starts(parts: Collection[Layer]) -> Iterator[str]:
    """The values that a formula may be one of, those nearest to its end first."""
    yield from dict.fromkeys(value for layer in parts for value in layer.inputs)
