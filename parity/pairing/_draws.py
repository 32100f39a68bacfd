"""Numbers drawn at random that show whether two functions are the same, and how alike results have to be."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import isfinite, prod
from typing import Any
from zlib import crc32

from parity.evaluation import drawn_lengths, fewest_places, is_signed
from parity.graph import Layer, LayerGraph, Shape, Value
from parity.patterns import close


@dataclass(frozen=True)
class Beyond:
    """Numbers of one sign that are all farther from 0 than a number."""

    number: float


Scale = float | str | Beyond | Sequence[float]
"""How a draw is made: normal numbers of a scale or within bounds, near those of a list, or all the one in a tuple."""

WITHIN, POSITIVE = "within -1 and 1", "positive"
USUAL_SCALES = (1.0, WITHIN, POSITIVE, Beyond(1.0))
"""Draws of numbers of a usual size: each function has one in its domain, be it an arc or a logarithm."""

LARGE = 30.0
SCALES = (*USUAL_SCALES, LARGE, 1e-3, 1e-6, 1e-10)
LEAST_LARGE, MOST_LARGE = 96, 7
"""Elements that are drawn of large numbers, and draws more for that: what saturates shows in few of them only."""

LEAST_NEAR, MOST_NEAR = 2, 8
"""Draws of numbers near those that layers hold, so that each of them comes up."""

MOST_BEYOND = 8
"""Numbers that layers compare with beyond which all are drawn: of a few elements near one none may be farther."""

ALIKE = (1.0, -2.5)
"""Numbers that all elements have in a draw: what is left where nothing varies.

So have those that layers compare with: an average meets one in no other draw, and ``>`` is not ``>=`` there alone.
"""

COMPARES = frozenset(
    [
        *("greater", "greater_equal", "less", "less_equal", "maximum", "minimum"),
        *("clip", "threshold", "hard_shrink", "soft_shrink"),
    ]
)
"""Functions that do one thing on one side of a number, and another on the other."""

EQUATES = frozenset({"equal", "not_equal"})
"""Functions that tell of one number whether it comes up, which it does in hardly any draw of what is computed."""

LIMITS = ("operand", "operands", "low", "high", "threshold", "numbers", "value")
MADE = {"fill", "constant"}
USUAL = frozenset((0.0, 0.5, 1.0, 3.0, 6.0, 20.0))
"""Numbers that functions with a name of their own compare with: ReLU6, the hard sigmoid, PyTorch's softplus."""

TRUTH = frozenset((0.0,))
"""The number that what makes truth values of numbers asks for."""

RELATIVE = 1e-5
"""How far results may be apart: what constants and weights lose that a file keeps in single precision."""

ROUNDING = 2e-7
"""What single precision leaves of a number that is stored, in proportion to results of a usual size."""

MOST_HELD = 64

SMALL = frozenset({"int8", "uint8", "int16", "uint16"})
"""What quantised models take."""

FINITE = 0.5
"""The share of results that have to be numbers for a draw of usual size: where nothing is, nothing is shown."""


def draws_of(
    mine: Sequence[Layer], theirs: Sequence[Layer], graph: LayerGraph, roots: Iterable[str]
) -> list[Scale] | None:
    """The draws that show whether both sides are the same function of values of the left graph.

    Those near the numbers that layers hold are as many as it takes for each number to come up. None where a side
    compares with a number that the other one does not know: they are not the same, though no draw may show it.
    """
    numbers = {*_held(mine)}, {*_held(theirs)}
    limits = _limits(mine, COMPARES), _limits(theirs, COMPARES)
    equated = _limits(mine, EQUATES), _limits(theirs, EQUATES)
    for asked, usual in ((limits, USUAL), (equated, TRUTH)):
        if not _known_to(asked[0] - usual, numbers[1]) or not _known_to(asked[1] - usual, numbers[0]):
            return None
    known = [*islice(sorted(limits[0] | limits[1]), MOST_BEYOND)]
    # Nothing is beyond 0 but all numbers; of two zeros frameworks take the one for the other.
    beyond = [Beyond(each * sign) for each in known for sign in ((1, -1) if each else (1,))]
    held = [*islice(sorted(set.union(*numbers)), MOST_HELD)]
    sizes = [prod(size if isinstance(size, int) else 1 for size in graph.shape(root) or ()) for root in roots]
    count = -(-6 * (len(held) + 1) // max(min(sizes, default=1), 1))
    near = min(max(count, LEAST_NEAR), MOST_NEAR)
    large = [LARGE] * min(-(-LEAST_LARGE // max(min(sizes, default=1), 1)) - 1, MOST_LARGE)
    met = [*islice(sorted(limits[0] | limits[1] | equated[0] | equated[1]), MOST_BEYOND)]
    every = [*ALIKE, *(each * sign for each in met for sign in ((1, -1) if each else (1,)))]
    return [*SCALES, *large, *beyond, *(held for _ in range(near)), *((number,) for number in every)]


def usual_size(array: Any) -> float:
    """The size of most results of the first draw, in which all numbers are of a usual size."""
    import numpy as np

    sizes = np.abs(np.asarray(array, "float64"))
    finite = sizes[np.isfinite(sizes)]
    return float(np.median(finite)) if finite.size else 0.0


def rounded(scale: Scale, usual: float) -> float:
    """By how much the results of a draw may be apart since constants have been rounded.

    Where numbers are near those that layers hold, or all the same, everything may cancel out but for that.
    """
    return ROUNDING * usual if isinstance(scale, tuple | list) else 0.0


def alike(left: Any, right: Any, absolute: float, rounded: float = 0.0) -> bool:
    """Whether the results of a draw are the same.

    Args:
        left: an array.
        right: another one.
        absolute: how far they may be apart, in proportion to the largest number on the right.
        rounded: how far they may be apart at least.
    """
    import numpy as np

    if left.shape != right.shape or (left.dtype == bool) is not (right.dtype == bool):
        return False  # what masks mean is told by their type
    left, right = (np.asarray(each, "float64") for each in (left, right))
    most = np.abs(right[np.isfinite(right)]).max(initial=0.0)
    return bool(np.allclose(left, right, RELATIVE, max(absolute * most, rounded), equal_nan=True))


def shows_numbers(scale: Scale, results: Iterable[Any]) -> bool:
    """Whether a draw is of a usual size, and most of each of its results is numbers."""
    import numpy as np

    arrays = [np.asarray(each, "float64") for each in results]
    return scale in USUAL_SCALES and all(not each.size or np.isfinite(each).mean() >= FINITE for each in arrays)


def _limits(layers: Sequence[Layer], functions: Collection[str]) -> set[float]:
    """The sizes of the numbers that functions of a side compare with."""
    compares = [layer for layer in layers if layer.attributes.get("function") in functions]
    made = [layer for layer in layers if compares and layer.kind in MADE]
    return {each for layer in (*compares, *made) for name in LIMITS for each in _numbers(layer.attributes.get(name))}


def _known_to(limits: Iterable[float], others: Iterable[float]) -> bool:
    """Whether each number is one of others, its inverse, or what that is for squares."""
    known = sorted({each for other in others for each in _forms(other)})
    at = {each: bisect_left(known, each) for each in limits}
    return all(any(close(each, other) for other in known[max(place - 1, 0) : place + 1]) for each, place in at.items())


def _forms(number: float) -> tuple[float, ...]:
    return (number, 1 / number if number else 0.0, number * number, number**0.5)


def _held(layers: Sequence[Layer]) -> Iterator[float]:
    """The sizes of all numbers in the settings of a side."""
    return (each for layer in layers for value in layer.attributes.values() for each in _numbers(value))


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, tuple | list):
        yield from (each for part in value for each in _numbers(part))
    elif isinstance(value, float) and isfinite(value):
        yield abs(value)


BOUNDED: Mapping[str, Callable[[Any], Any]] = {
    WITHIN: lambda numbers: numbers / (1 + abs(numbers)),
    POSITIVE: abs,
}


def _scaled(numbers: Any, scale: float | str | Beyond) -> Any:
    """Normal numbers of a scale, or within bounds."""
    if isinstance(scale, Beyond):
        return scale.number * (1 + abs(numbers))
    return BOUNDED[scale](numbers) if isinstance(scale, str) else numbers * scale


def _drawn_as(graph: LayerGraph, name: str) -> Value:
    """What a value is drawn as: whole numbers that may be places are not negative.

    The small integers of a quantised model stand for real numbers.
    """
    value = graph.values[name]
    if value.dtype in SMALL and any(layer.kind == "quantisation" for layer in graph.layers):
        return replace(value, dtype=None)
    places = value.dtype is not None and value.dtype.startswith("int") and not is_signed(graph, name)
    return replace(value, dtype=f"u{value.dtype}") if places else value


def numbers_for(ends: Sequence[tuple[LayerGraph, str]], shape: Shape, name: str, draw: int, scale: Scale) -> Any:
    """Numbers of a value, the same on both sides: small whole ones and truth values for those types.

    They are normal ones of a scale; for a list of numbers those and their negatives and what is close to them; for one
    in a tuple all are that one. Masks of padding are drawn as lengths.

    Args:
        ends: the value in the graphs that have it, of which the first tells its type.
        shape: of the numbers, as far as it tells them.
        name: tells what is drawn from that of other values.
        draw: its number.
        scale: how it is made.
    """
    import numpy as np

    generator = np.random.default_rng([crc32(name.encode("utf-8", "surrogatepass")), draw])
    sizes = tuple(size for size in shape if isinstance(size, int))
    mask = drawn_lengths(ends, sizes, generator)
    value = _drawn_as(*ends[0])
    if mask is not None:
        return mask.astype(value.dtype or "int64")
    if value.dtype == "bool":
        return generator.random(sizes) < 0.5  # a coin
    signed, unsigned = (value.dtype is not None and value.dtype.startswith(each) for each in ("int", "uint"))
    if isinstance(scale, tuple):
        return np.full(sizes, 1 if unsigned else int(scale[0]) if signed else scale[0])
    near = () if isinstance(scale, float | str | Beyond) else tuple(scale)
    if signed or unsigned:
        most, places = np.iinfo(str(ends[0][0].values[ends[0][1]].dtype)).max, fewest_places(ends)
        most = most if places is None else places - 1
        held = {int(each) + by for each in near for by in (-1, 0, 1) if each.is_integer()}
        whole = {each for each in {0, 1, 2, 3} | held if abs(each) <= most}
        some = {each for each in whole if each >= 0}
        return generator.choice(sorted(some | {-each for each in whole} if signed else some), sizes)
    if isinstance(scale, float | str | Beyond):
        return _scaled(generator.standard_normal(sizes), scale)
    # Each number comes up as it is, negative, and with more and less of it, all of them in turn over the draws.
    cases = np.array(
        [(centre * sign, by) for centre in (0.0, *near) for sign in (-1.0, 1.0) for by in (-1.0, 0.0, 1.0)]
    )
    count = int(np.prod(sizes, dtype=int))
    chosen = cases[(generator.permutation(count) + draw * count) % len(cases)].reshape(*sizes, 2)
    off = 10.0 ** generator.uniform(-8, -1, sizes) * chosen[..., 1]
    return chosen[..., 0] * (1 + off) + np.where(chosen[..., 0] == 0, off, 0.0)
