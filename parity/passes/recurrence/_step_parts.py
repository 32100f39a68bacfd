"""What single steps of recurrent layers are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parity.graph import Weight

Operand = str | Weight | float


@dataclass(frozen=True, slots=True)
class Linear:
    """What a matrix, and a bias perhaps, make of a value.

    Attributes:
        value: what goes in; None where that is zeros.
        kernel: the matrix; None where nothing is left of it, since zeros went in.
        start: a stored tensor that stands for all of it, where an exporter has computed it.
    """

    value: str | None
    kernel: Weight | None = None
    bias: Weight | None = None
    start: Weight | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """One step of a sequence whose first axis is time."""

    sequence: str
    at: int
    steps: int


@dataclass(frozen=True, slots=True)
class Part:
    """A range along the last axis of a value or of a stored tensor."""

    source: str | Weight
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Summed:
    """A function of a sum of two."""

    function: str
    operands: tuple[Operand, Operand]


Product = tuple[tuple[str | Weight | float, str | Weight | float], ...]


Gate = tuple[str, Part]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a recurrent layer.

    Attributes:
        family: the kind of the layer.
        hidden, before: the state that it gives out, and the one before; None where that is zeros.
        cell, cell_before: the same of the second state, where there is one.
        taken: which step of which sequence goes in.
        fed: what is made of it.
        back: what is made of the state before.
        settings: those of its kind.
        inner: what the state is multiplied by once it is gated, where that is stored apart.
    """

    family: str
    hidden: str
    before: str | None
    taken: Taken
    fed: Linear
    back: Linear
    settings: Mapping[str, Any]
    cell: str | None = None
    cell_before: str | None = None
    inner: Weight | None = None
