"""What the patterns of normalisations have in common: gamma and beta, and the axes that they run along."""

from collections.abc import Iterator
from dataclasses import replace

from parity.graph import Shape, Weight
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


def last_axis(match: Match) -> int | None:
    """The number of the last axis, if the means of a match are over it alone."""
    last = len(match.graph.shape(match.value) or ()) - 1
    return last if match.settings["axes"] == (last,) else None
