"""What the patterns of normalisations have in common: gamma and beta, and the axes that they run along."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from parity.graph import Layer, Shape, Weight
from parity.patterns import Match, Polynomial, stored

GAMMA, BETA = "gamma", "beta"


def affine(normalised: Polynomial, *, shifted: bool) -> Iterator[Polynomial]:
    """A normalisation with gamma and beta, with one of them, and with none."""
    yield normalised
    yield normalised * stored(GAMMA)
    if shifted:
        yield normalised + stored(BETA)
        yield normalised * stored(GAMMA) + stored(BETA)


def vectors(match: Match, sizes: Shape) -> tuple[Weight, ...] | None:
    """Gamma and beta, if both run along axes of these sizes at the end, and have one element along the rest."""
    found = []
    for role in (GAMMA, BETA):
        layer = match.stored.get(role)
        if layer is None:
            continue
        (weight,) = layer.weights
        (laid,) = layer.attributes.get("operand_shapes", (weight.shape,))
        rest = len(laid) - len(sizes)
        if rest < 0 or set(laid[:rest]) - {1} or laid[rest:] != sizes:
            return None
        found.append(replace(weight, role=role, axes="c", shape=(weight.numel,)))
    return tuple(found)


def over_last_axis(match: Match) -> bool:
    """Whether the means of a match are over the last axis alone."""
    return bool(match.settings["axes"] == (len(match.graph.shape(match.value) or ()) - 1,))


def of_last_axis(match: Match, kind: str, **settings: Any) -> tuple[Layer, ...]:
    """The normalisation over the last axis, unless gamma or beta run along another one."""
    shape = match.graph.shape(match.value) or ()
    weights = vectors(match, shape[-1:])
    if weights is None:
        return ()
    features = weights[0].shape if weights else None
    told = {"epsilon": match.numbers["epsilon"], "axes": (-1,), "layout": "c", "features": features}
    return match.made(kind, {**told, **settings}, weights)
