"""Which numbers are drawn to show whether two functions are the same, and how alike results have to be."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import cycle, islice
from math import inf, isfinite, nan, prod
from typing import Any

from parity.evaluation import largest_unmasked
from parity.graph import Layer, LayerGraph
from parity.pairing._drawn_numbers import NEGATIVE, POSITIVE, WHOLE, WITHIN, Among, Beyond, Only, Scale
from parity.pairing._jumps import tells_order
from parity.pairing._turns import EQUATES
from parity.patterns import close

USUAL_SCALES = (1.0, WITHIN, POSITIVE, Beyond(1.0), NEGATIVE)
"""Draws of numbers of a usual size: each function has one in its domain, be it an arc or a logarithm.

Functions that rise but for a dip below 0, as SiLU and GELU do, are in no order there where all of several are negative.
"""

LARGE = 30.0
SCALES = (*USUAL_SCALES, LARGE, 1e-3, 1e-6, 1e-10)
LEAST_LARGE, MOST_LARGE = 96, 7
"""Elements that are drawn of large numbers, and draws more for that: what saturates shows in few of them only."""

LEAST_ORDERED, MOST_ORDERED = 4096, 48
"""Elements that are drawn where layers tell which of two is larger, and draws for that: results of any function that
rises are in one order, and of one that falls somewhere in nearly the same.
"""

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

LOGICAL = frozenset({"logical_and", "logical_not", "logical_or", "logical_xor"})
"""Functions that take every number but 0 for true."""

QUOTIENTS = frozenset({"divide", "remainder", "fmod"})
"""Functions that give no number of two where the second is 0, which spreads in other directions along other axes."""

TESTS_FINITE = frozenset({"is_nan", "is_inf", "is_finite"})
"""Functions that ask whether a number is finite, which all that is drawn is but for this."""

NON_FINITE: tuple[float, ...] = (nan, inf, -inf)
NON_FINITE_DRAWS: tuple[Scale, ...] = (
    Among(NON_FINITE),
    *(Among((each,)) for each in NON_FINITE),
    *((each,) for each in NON_FINITE),
)
"""Draws for these."""

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
FARTHEST = 1e8
"""Numbers from which on none are drawn near them: masks have these, which do not block what is as large as they are."""

MOSTLY = (3, 15, 255)
"""How many elements are one number for each that is not: rows may be of a few elements, and of many."""

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
    held = [*islice(sorted(each for each in set.union(*numbers) if each < FARTHEST), MOST_HELD)]
    sizes = [prod(size if isinstance(size, int) else 1 for size in graph.shape(root) or ()) for root in roots]
    count = -(-6 * (len(held) + 1) // max(min(sizes, default=1), 1))
    near = min(max(count, LEAST_NEAR), MOST_NEAR)
    large = [LARGE] * min(-(-LEAST_LARGE // max(min(sizes, default=1), 1)) - 1, MOST_LARGE)
    met = [*islice(sorted(limits[0] | limits[1] | equated[0] | equated[1]), MOST_BEYOND)]
    every = [*ALIKE, *(each * sign for each in met for sign in ((1, -1) if each else (1,)))]
    # Some numbers are equal, and some are 0, in no other draw.
    whole = [WHOLE] * (len(large) + 1) if any(map(_tells_equal, (*mine, *theirs))) else []
    found: list[Scale] = [
        *SCALES,
        *large,
        *whole,
        *beyond,
        *(held for _ in range(near)),
        *((number,) for number in every),
        *_ordered((*mine, *theirs), held, min(sizes, default=1)),
        *_mostly((*mine, *theirs), limits[0] | limits[1], equated[0] | equated[1]),
    ]
    return [*found, *non_finite_draws(mine, theirs)]


def non_finite_draws(mine: Sequence[Layer], theirs: Sequence[Layer]) -> Sequence[Scale]:
    """The draws of NaN and infinity, where both sides ask for these, or one asks it of what it is given.

    The first has all of them. What one side alone asks of its own results is how exporters write quotients.
    """
    asking = [[layer for layer in side if layer.attributes.get("function") in TESTS_FINITE] for side in (mine, theirs)]
    made = {value for layer in (*mine, *theirs) for value in layer.outputs if layer.kind != "input"}
    given = any(made.isdisjoint(layer.inputs) for side in asking for layer in side)
    return NON_FINITE_DRAWS if given or all(asking) else ()


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
    return ROUNDING * usual if isinstance(scale, tuple | list | Only) else 0.0


def alike(left: Any, right: Any, absolute: float, rounded: float = 0.0) -> bool:
    """Whether the results of a draw are the same.

    Args:
        left: an array.
        right: another one.
        absolute: how far they may be apart, in proportion to the largest number on the right that is no mask.
        rounded: how far they may be apart at least.
    """
    import numpy as np

    if left.shape != right.shape or (left.dtype == bool) is not (right.dtype == bool):
        return False  # what masks mean is told by their type
    left, right = (np.asarray(each, "float64") for each in (left, right))
    return bool(np.allclose(left, right, RELATIVE, max(absolute * largest_unmasked(right), rounded), equal_nan=True))


def shows_numbers(scale: Scale, results: Iterable[Any]) -> bool:
    """Whether a draw is of a usual size, and most of each of its results is numbers."""
    import numpy as np

    arrays = [np.asarray(each, "float64") for each in results]
    return scale in USUAL_SCALES and all(not each.size or np.isfinite(each).mean() >= FINITE for each in arrays)


def _mostly(layers: Sequence[Layer], limits: Collection[float], equated: Collection[float]) -> Iterator[Scale]:
    """Draws in which most elements are a number that is asked for, or beyond it, where a layer asks it of all or any.

    In no other draw are all of a row so, and not all of the next one.
    """
    if any(layer.kind == "reduce" and layer.attributes.get("function") in {"all", "any"} for layer in layers):
        met = {*equated, *(each + by for each in limits for by in (1.0, -1.0))}
        signed = sorted(met | {-each for each in met}, key=abs)
        yield from (Among((each,), most) for each in signed[: 4 * MOST_BEYOND] for most in MOSTLY)


def _ordered(layers: Sequence[Layer], held: Sequence[float], fewest: int) -> Iterator[Scale]:
    """More draws of numbers of a usual size, and near those held, where a layer tells which of two elements is larger.

    Args:
        layers: of both sides.
        held: the numbers that they hold.
        fewest: the elements of the smallest value that is drawn.
    """
    if any(map(tells_order, layers)):
        yield from islice(cycle((*USUAL_SCALES, held)), min(-(-LEAST_ORDERED // max(fewest, 1)), MOST_ORDERED))


def _tells_equal(layer: Layer) -> bool:
    """Whether a layer does something of its own where two numbers are equal, or where one is 0."""
    told = layer.attributes
    divides = told.get("function") in QUOTIENTS and len(layer.inputs) > 1
    return divides or told.get("function") in EQUATES | LOGICAL or (layer.kind == "cast" and told["to"] == "bool")


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
