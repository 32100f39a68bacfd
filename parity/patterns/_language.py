"""The words that patterns are written in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from parity.graph import Layer, LayerGraph, Weight
from parity.patterns._polynomials import (
    Leaf,
    Number,
    Polynomial,
    Setting,
    Stored,
    call,
    functions,
    polynomial,
    size,
)
from parity.patterns._polynomials import mean as _mean

__all__ = ["Match", "Pattern", "call", "mean", "number", "over_axes", "root", "setting", "stored", "x"]

START = "x"

x = polynomial(Leaf(START))
"""The value that a formula is one of."""


def number(name: str) -> Polynomial:
    """A number that is open: the summand or factor of something that has no other number."""
    return polynomial(Number(name))


def stored(role: str) -> Polynomial:
    """A stored tensor that takes part."""
    return polynomial(Stored(role))


def setting(name: str) -> Setting:
    """A setting of a call, or all of them, that are open."""
    return Setting(name)


def mean(of: Polynomial) -> Polynomial:
    """The mean over axes that stay with one element, the same for all means of a pattern (the setting ``axes``)."""
    return _mean(of, Setting("axes"))


def over_axes(function: str, of: Polynomial) -> Polynomial:
    """Another reduction, such as ``max``, over those axes; ``sum`` where their sizes are not known."""
    return call(function, of, settings=(("axes", Setting("axes")),))


def root(of: Polynomial) -> Polynomial:
    """The square root."""
    return of**0.5


@dataclass(frozen=True, slots=True)
class Match:
    """Arithmetic that a pattern has been found in.

    Attributes:
        graph: what it stands in.
        layer: the last layer of it.
        value: the value that it is a formula of.
        numbers: what the pattern leaves open, by name.
        settings: of calls, likewise.
        stored: the layers with the stored tensors, by role.
        parts: all of its layers, the last one first.
    """

    graph: LayerGraph
    layer: Layer
    value: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    stored: Mapping[str, Layer] = field(default_factory=dict)
    parts: tuple[Layer, ...] = ()

    def made(self, kind: str, attributes: Mapping[str, Any], weights: tuple[Weight, ...] = ()) -> tuple[Layer]:
        """The layer of a kind that works on the value and makes what the last layer made."""
        return (replace(self.layer, kind=kind, attributes=attributes, inputs=(self.value,), weights=weights),)


Make = Callable[[Match], Sequence[Layer]]
"""What stands for the arithmetic: a layer that makes what its last one made, then other layers that it stands for.

Nothing where the shapes around it do not allow it.
"""


@dataclass(frozen=True)
class Formula:
    """One way to write a pattern down.

    Attributes:
        of: its normal form.
    """

    of: Polynomial

    @cached_property
    def needs(self) -> frozenset[str]:
        """The functions in it, without which nothing has to be compared."""
        return functions(self.of)

    @cached_property
    def size(self) -> int:
        """Of how many atoms it is made: of two that end in one layer the longer says more."""
        return size(self.of)


@dataclass(frozen=True)
class Pattern:
    """Arithmetic that is one layer.

    Attributes:
        name: what it is called.
        ways: the formulas of ``x``, the value that comes in: what has no common normal form, or has parts that may be
            missing.
        make: the layer.
        remark: what a note on the layer says beside the number of operators.
        example: numbers and settings with which the pattern proves itself, where 0.5 and the last axis would not do.
    """

    name: str
    ways: tuple[Polynomial, ...]
    make: Make
    remark: str = ""
    example: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        """The ways, with what is known of each."""
        return tuple(map(Formula, self.ways))
