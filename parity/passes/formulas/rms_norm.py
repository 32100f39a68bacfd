"""RMS normalisation over the last axis (Zhang and Sennrich 2019)."""

from parity.graph import Layer
from parity.passes.formulas._norms import affine, of_last_axis, over_last_axis
from parity.patterns import Match, Pattern, mean, number, root, x


def _make(match: Match) -> tuple[Layer, ...]:
    return of_last_axis(match, "rms_norm") if over_last_axis(match) else ()


PATTERN = Pattern("rms_norm", tuple(affine(x / root(mean(x**2) + number("epsilon")), shifted=False)), _make)
