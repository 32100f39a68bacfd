"""What every framework's attention is made of: settings, projections, and the way to heads and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from parity.graph import Dim, Shape, Unknown
from parity.kinds._contract import Draft, Use
from parity.kinds.shape.reshape import to

HEADS_FIRST = (0, 2, 1, 3)
"""The order that takes heads before the steps of a sequence, and back."""

NO_WIDTH = Unknown("the scale follows from the width of the heads, which is not known", "export with fixed sizes")


def settings(**more: Any) -> dict[str, Any]:
    """The canonical attributes, with the defaults that frameworks share."""
    return {
        "score": "dot",
        "scale": 1.0,
        "causal": False,
        "mask": None,
        "groups": 1,
        "window": None,
        "softcap": 0.0,
        "dropout": 0.0,
        **more,
    }


def usual_scale(width: Dim) -> float | Unknown:
    """1 / sqrt(width of a head)."""
    return 1 / sqrt(width) if isinstance(width, int) and width > 0 else NO_WIDTH


def mask_meaning(dtype: str | None) -> str:
    """What a mask of this type says: truth values where to attend, numbers are added."""
    return "attends" if dtype == "bool" else "adds"


@dataclass(frozen=True, slots=True)
class Heads:
    """A projection to the heads of attention, or from them.

    Attributes:
        name: what is projected; the parts of the call are named after it.
        shape: of the value that comes in, where it is known.
        told: more attributes of the projection.
    """

    path: str
    name: str
    count: int
    width: int
    shape: Shape | None
    told: Mapping[str, Any]

    def split(self, value: tuple[str, ...], weights: Mapping[str, Use]) -> tuple[tuple[Draft, ...], tuple[str, ...]]:
        """The projection of a sequence, and its columns as heads before the steps; with what comes out."""
        base, units = f"{self.path}:{self.name}", self.count * self.width
        steps = self.shape[1] if self.shape is not None else None
        batch = self.shape[0] if self.shape is not None else None
        before: Shape = (batch, steps, units)
        names = [(f"{base}-{what}",) for what in ("projected", "heads", "turned")]
        attributes = to(before, (batch, steps, self.count, self.width))
        drafts = (
            Draft("dense", {"units": units, **self.told}, value, names[0], weights, part=self.name),
            Draft("reshape", attributes, names[0], names[1], part=f"{self.name}-heads"),
            Draft("permute", {"order": HEADS_FIRST}, names[1], names[2], part=f"{self.name}-turned"),
        )
        return drafts, names[2]

    def join(self, value: tuple[str, ...], units: int, weights: Mapping[str, Use]) -> tuple[tuple[Draft, ...], str]:
        """Heads back beside each other, and the projection of them to so many units; with what comes out."""
        base = f"{self.path}:{self.name}"
        steps = self.shape[1] if self.shape is not None else None
        batch = self.shape[0] if self.shape is not None else None
        before: Shape = (batch, steps, self.count, self.width)
        names = [(f"{base}-{what}",) for what in ("turned", "joined", "projected")]
        attributes = to(before, (batch, steps, self.count * self.width))
        drafts = (
            Draft("permute", {"order": HEADS_FIRST}, value, names[0], part=f"{self.name}-turned"),
            Draft("reshape", attributes, names[0], names[1], part=f"{self.name}-joined"),
            Draft("dense", {"units": units, **self.told}, names[1], names[2], weights, part=self.name),
        )
        return drafts, names[2][0]
