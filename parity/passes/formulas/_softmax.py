"""What softmax and its logarithm have in common: rows of which one axis is summed."""

from math import isclose
from typing import Any

from parity.graph import Layer
from parity.patterns import Match, Polynomial, call, mean, number, over_axes, x

ROWS = (x, x - over_axes("max", x))
"""What powers of e are taken of: the largest element may be taken away first, which changes nothing."""


def totals(row: Polynomial) -> tuple[Polynomial, Polynomial]:
    """The sum of the powers: so many means as there are elements, or a sum, where it is not known how many they are."""
    power = call("exp", row)
    return number("count") * mean(power), over_axes("sum", power)


def maker(function: str) -> Any:
    """What makes the activation of a match.

    Args:
        function: what it is called.
    """

    def make(match: Match) -> tuple[Layer, ...]:
        shape, axes = match.graph.shape(match.value), match.settings["axes"]
        if shape is None or len(axes) != 1 or not _is_sum(match, shape[axes[0]]):
            return ()
        return match.made("activation", {"function": function, "axis": axes[0] - len(shape)})

    return make


def _is_sum(match: Match, size: Any) -> bool:
    """Whether a mean is taken as often as there are elements."""
    count = 1 / match.numbers["share"] if "share" in match.numbers else match.numbers.get("count", size)
    return count == size or (isinstance(size, int) and isclose(count, size, rel_tol=1e-6))
