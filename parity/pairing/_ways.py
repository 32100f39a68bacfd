"""How a value is made by layers without weights, and whether two models make it alike: computed for numbers drawn."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import isfinite, prod
from typing import Any
from zlib import crc32

from parity.graph import Layer, LayerGraph, Value
from parity.passes._known import MOST, ON_NUMBERS, computed
from parity.passes._patterns import close

LAYERS = 64
"""Longer ways are not followed."""

IN_ALL, EACH = 1 << 26, 1 << 11
"""So many elements are computed for two models, of which each layer counts for some however small it is."""

SCALES = (1.0, 30.0, 1e-3, 1e-6, 1e-10)
LEAST_NEAR, MOST_NEAR = 2, 8
"""Draws of numbers near those that layers hold, so that each of them comes up."""

ALIKE = (1.0, -2.5)
"""Numbers that all elements have in a draw: what is left where nothing varies."""

COMPARES = frozenset(
    [
        *("greater", "greater_equal", "less", "less_equal", "maximum", "minimum"),
        *("clip", "threshold", "hard_shrink", "soft_shrink"),
    ]
)
"""Functions that do one thing on one side of a number, and another on the other."""

LIMITS = ("operand", "operands", "low", "high", "threshold", "numbers", "value")
MADE = {"fill", "constant"}
USUAL = frozenset((0.0, 0.5, 1.0, 3.0, 6.0))
"""Numbers that functions with a name of their own compare with: ReLU6, the hard sigmoid."""

RELATIVE, ABSOLUTE = 1e-5, 1e-7
"""How far results may be apart: what constants lose that a file keeps in single precision."""

MOST_HELD = 64

FINITE = 0.5
"""The share of results that have to be numbers for the draw at scale 1: where nothing is, nothing is shown."""


@dataclass
class Budget:
    """The elements that may still be computed."""

    left: int = IN_ALL

    def spend(self, size: int) -> bool:
        """Whether another result of a size may be computed."""
        self.left -= size + EACH
        return self.left >= 0


@dataclass(frozen=True)
class Way:
    """How one side makes a value.

    Attributes:
        graph: the side.
        value: what is made.
        layers: those that make it, producers first; none where the value is itself one that both sides have.
        roots: the values that these begin with, each under the name that both sides know it by.
    """

    graph: LayerGraph
    value: str
    layers: tuple[Layer, ...]
    roots: Mapping[str, str]


COMPUTED = ON_NUMBERS | {
    *("adaptive_average_pool", "channel_shuffle", "depth_to_space", "distance", "einsum", "global_average_pool"),
    *("one_hot", "pad", "roll", "space_to_depth", "unfold", "unit_norm"),
}
"""Kinds of layers that hold no weights, and that do in training what they do in inference."""


def _computes(layer: Layer) -> bool:
    return layer.kind in COMPUTED and len(layer.outputs) == 1 and not layer.weights


def way_to(graph: LayerGraph, value: str, names: Mapping[str, str], partner: Mapping[str, str]) -> Way | None:
    """The layers back from a value to those that both sides have; None where they lead further than can be computed.

    Args:
        graph: the side.
        value: what is made.
        names: what values of both sides are called.
        partner: the layers to stop at; without any only those that cannot be computed are.
    """
    found: dict[str, Layer] = {}
    roots: dict[str, str] = {}
    waiting = [value]
    while waiting:
        at = waiting.pop()
        maker = graph.producers.get(at)
        if maker is None or len(found) > LAYERS:
            return None
        stops = not _computes(maker) or (maker.path in partner and at in names)
        if stops and at not in names:
            return None
        if stops:
            roots[at] = names[at]
        elif maker.path not in found:
            found[maker.path] = maker
            waiting += maker.inputs
    order = sorted(found.values(), key=lambda layer: graph.places[layer.path])
    return Way(graph, value, tuple(order), roots)


def agree(mine: Way, theirs: Way, budget: Budget) -> bool:
    """Whether both sides make the same numbers, whatever they begin with."""
    import numpy as np

    numbers = {*held_numbers(mine.layers)}, {*held_numbers(theirs.layers)}
    if not known_to(limits_of(mine.layers), numbers[1]) or not known_to(limits_of(theirs.layers), numbers[0]):
        return False
    held = [*islice(sorted(set.union(*numbers)), MOST_HELD)]
    draws = draws_of(held, mine.graph, mine.roots)
    for at, scale in enumerate(draws):
        left, right = (_result(way, at, scale, budget) for way in (mine, theirs))
        if left is None or right is None or left.shape != right.shape:
            return False
        if (left.dtype == bool) is not (right.dtype == bool):
            return False  # what masks mean is told by their type
        left, right = (np.asarray(each, "float64") for each in (left, right))
        finite = np.isfinite(right)
        if not at and finite.mean() < FINITE:
            return False
        most = np.abs(right[finite]).max(initial=0.0)
        if not np.allclose(left, right, RELATIVE, ABSOLUTE * most, equal_nan=True):
            return False
    return True


def draws_of(held: Sequence[float], graph: LayerGraph, roots: Iterable[str]) -> list[float | Sequence[float]]:
    """The scales of the draws: those near held numbers are as many as it takes for each number to come up."""
    sizes = [prod(size if isinstance(size, int) else 1 for size in graph.shape(root) or ()) for root in roots]
    count = -(-6 * (len(held) + 1) // max(min(sizes, default=1), 1))
    return [*SCALES, *(held for _ in range(min(max(count, LEAST_NEAR), MOST_NEAR))), *((number,) for number in ALIKE)]


def limits_of(layers: Sequence[Layer]) -> set[float]:
    """The sizes of the numbers that a side compares with."""
    compares = [layer for layer in layers if layer.attributes.get("function") in COMPARES]
    made = [layer for layer in layers if compares and layer.kind in MADE]
    return {each for layer in (*compares, *made) for name in LIMITS for each in _numbers(layer.attributes.get(name))}


def known_to(limits: Iterable[float], others: Iterable[float]) -> bool:
    """Whether each number is common, or one of others, its inverse, or what that is for squares."""
    known = sorted({each for other in others for each in _forms(other)})
    at = {each: bisect_left(known, each) for each in limits if each not in USUAL}
    return all(any(close(each, other) for other in known[max(place - 1, 0) : place + 1]) for each, place in at.items())


def _forms(number: float) -> tuple[float, ...]:
    return (number, 1 / number if number else 0.0, number * number, number**0.5)


def held_numbers(layers: Sequence[Layer]) -> Iterator[float]:
    """The sizes of all numbers in the settings of a side."""
    return (each for layer in layers for value in layer.attributes.values() for each in _numbers(value))


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, tuple | list):
        yield from (each for part in value for each in _numbers(part))
    elif isinstance(value, float) and isfinite(value):
        yield abs(value)


def _result(way: Way, draw: int, scale: float | Sequence[float], budget: Budget) -> Any:
    """What one side makes of the numbers of a draw; None where it cannot be computed."""
    arrays = {value: numbers_for(way.graph.values[value], name, draw, scale) for value, name in way.roots.items()}
    size = sum(each.size for each in arrays.values())
    for layer in way.layers:
        array = computed(way.graph, layer, [arrays[value] for value in layer.inputs])
        if array is None or (size := size + array.size) > MOST or not budget.spend(array.size):
            return None
        arrays[layer.outputs[0]] = array
    return arrays[way.value]


def numbers_for(value: Value, name: str, draw: int, scale: float | Sequence[float]) -> Any:
    """Numbers of a value, the same on both sides: small whole ones and truth values for those types.

    They are normal ones of a scale; for a list of numbers those and their negatives and what is close to them; for one
    in a tuple all are that one.
    """
    import numpy as np

    generator = np.random.default_rng([crc32(name.encode("utf-8", "surrogatepass")), draw])
    sizes = tuple(size for size in value.shape or () if isinstance(size, int))
    if value.dtype == "bool":
        return generator.random(sizes) < 0.5  # noqa: PLR2004  a coin
    if isinstance(scale, tuple):
        indexes = value.dtype is not None and value.dtype.startswith(("int", "uint"))
        return np.full(sizes, 1 if indexes else scale[0])
    near = () if isinstance(scale, float) else tuple(scale)
    if value.dtype is not None and value.dtype.startswith(("int", "uint")):
        whole = {int(each) + by for each in near for by in (-1, 0, 1) if each.is_integer()}
        return generator.choice(sorted({0, 1, 2, 3} | {each for each in whole if each >= 0}), sizes)
    if isinstance(scale, float):
        return generator.standard_normal(sizes) * scale
    # Each number comes up as it is, negative, and with more and less of it, all of them in turn over the draws.
    cases = np.array(
        [(centre * sign, by) for centre in (0.0, *near) for sign in (-1.0, 1.0) for by in (-1.0, 0.0, 1.0)]
    )
    count = int(np.prod(sizes, dtype=int))
    chosen = cases[(generator.permutation(count) + draw * count) % len(cases)].reshape(*sizes, 2)
    off = 10.0 ** generator.uniform(-8, -1, sizes) * chosen[..., 1]
    return chosen[..., 0] * (1 + off) + np.where(chosen[..., 0] == 0, off, 0.0)
