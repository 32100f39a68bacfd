"""Snake as arithmetic: x + sin(frequency * x)^2 / frequency."""

from dataclasses import replace
from math import isclose

from parity.extending import Layer, Match, Pattern
from parity.patterns import call, number, x


def _make(match: Match) -> tuple[Layer, ...]:
    frequency = match.numbers["frequency"]
    if not isclose(match.numbers["inverse"] * frequency, 1, rel_tol=1e-6):
        return ()
    return (replace(match.layer, kind="snake", attributes={"frequency": frequency}, inputs=(match.value,)),)


PATTERN = Pattern(
    "snake",
    (x + number("inverse") * call("sin", number("frequency") * x) ** 2,),
    _make,
    example={"frequency": 2.0, "inverse": 0.5},
)
