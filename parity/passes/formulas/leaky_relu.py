"""A leaky ReLU as the greater of a value and a part of it."""

from typing import Any

from parity.passes.formulas._activations import activation
from parity.patterns import Match, Pattern, call, number, x


def _settings(match: Match) -> dict[str, Any] | None:
    """A slope between 0 and 1: of a steeper one the greater is the other way round."""
    slope = match.numbers["slope"]
    return {"negative_slope": slope} if 0 < slope < 1 else None


PATTERN = Pattern("leaky_relu", (call("maximum", x, number("slope") * x),), activation("leaky_relu", _settings))
