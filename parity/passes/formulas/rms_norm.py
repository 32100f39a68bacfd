"""RMS normalisation over the last axis (Zhang and Sennrich 2019)."""

from dataclasses import replace

from parity.graph import Layer
from parity.passes.formulas._norms import affine, last_axis, vectors
from parity.patterns import Match, Pattern, mean, number, root, x


def _make(match: Match) -> tuple[Layer, ...]:
    shape = match.graph.shape(match.value) or ()
    weights = vectors(match, shape[-1:])
    if last_axis(match) is None or weights is None:
        return ()
    features = weights[0].shape if weights else None
    attributes = {"epsilon": match.numbers["epsilon"], "axes": (-1,), "layout": "c", "features": features}
    return (replace(match.layer, kind="rms_norm", attributes=attributes, inputs=(match.value,), weights=weights),)


PATTERN = Pattern("rms_norm", tuple(affine(x / root(mean(x**2) + number("epsilon")), shifted=False)), _make)
