"""A clip as a least and a greatest number, one after the other in any order: TensorFlow's, and ReLU6 without a name."""

from typing import Any

from parity.graph import Layer
from parity.kinds import clipped
from parity.patterns import Match, Pattern, call, number, x


def _made(match: Match) -> tuple[Layer, ...]:
    """Nothing where the bounds are the other way round: which is applied last tells then what comes out."""
    low, high = match.numbers.get("low", 0.0), match.numbers["high"]
    settings: dict[str, Any] | None = dict(clipped(low, high) or {}) if low <= high else None
    return match.made("activation", settings) if settings else ()


PATTERN = Pattern(
    "clip",
    (
        call("minimum", call("relu", x), number("high")),
        call("relu", call("minimum", x, number("high"))),
        call("minimum", call("maximum", x, number("low")), number("high")),
        call("maximum", call("minimum", x, number("high")), number("low")),
    ),
    _made,
    example={"low": -1.0, "high": 2.0},
)
