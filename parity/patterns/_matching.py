"""Whether the normal form of a graph's arithmetic is that of a pattern, and what the pattern's variables are then."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import isclose
from typing import Any, TypeVar

from parity.patterns._polynomials import (
    ONE,
    Atom,
    Call,
    Coefficient,
    Leaf,
    Monomial,
    Number,
    Polynomial,
    Power,
    Setting,
    Settings,
    Stored,
)

SINGLE_PRECISION = 1e-6
"""Relative error of constants that exporters round to single precision."""

HALF_PRECISION: Mapping[str, float] = {"float16": 1e-3, "bfloat16": 8e-3}
"""The same of those that are rounded to 11 and to 8 bits, of which a formula may have two."""

SYMMETRIC = frozenset({"maximum", "minimum"})
"""Functions whose operands may change places."""

T = TypeVar("T")


def close(value: float, wanted: float, dtype: str | None = None) -> bool:
    """Equality but for the rounding of single precision, or of the type of half precision that is computed in."""
    return isclose(value, wanted, rel_tol=HALF_PRECISION.get(dtype or "", SINGLE_PRECISION))


@dataclass(frozen=True, slots=True)
class Bound:
    """What the variables of a pattern stand for.

    Attributes:
        values: values of the graph.
        stored: the paths of layers with a stored tensor, by its role.
        numbers: numbers.
        settings: settings of calls, or all settings of one.
        dtype: the type of the numbers that are computed with, if it is known.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    dtype: str | None = None


def matches(pattern: Polynomial, found: Polynomial, bound: Bound) -> Iterator[Bound]:
    """Every way to read a normal form as a pattern, given what some of its variables are."""
    missing = len(pattern.terms) - len(found.terms)
    if missing in {0, 1}:
        yield from _terms(list(pattern.terms), list(found.terms), bound)


def _terms(
    pattern: list[tuple[Monomial, Coefficient]], found: list[tuple[Monomial, Coefficient]], bound: Bound
) -> Iterator[Bound]:
    if not pattern:
        yield from () if found else (bound,)
        return
    (monomial, coefficient), *rest = pattern
    for at, (other, number) in enumerate(found):
        for same in _coefficient(coefficient, number, bound):
            for each in _factors(list(monomial), list(other), same):
                yield from _terms(rest, found[:at] + found[at + 1 :], each)
    if monomial == ONE and isinstance(coefficient, Number):  # a sum without a number has the number 0
        for same in _coefficient(coefficient, 0.0, bound):
            yield from _terms(rest, found, same)


def _coefficient(wanted: Coefficient, found: Coefficient, bound: Bound) -> Iterator[Bound]:
    if isinstance(found, Number):
        return
    if isinstance(wanted, Number):
        known = bound.numbers.get(wanted.name)
        if known is None:
            yield replace(bound, numbers={**bound.numbers, wanted.name: found})
            return
        wanted = known
    if close(wanted, found, bound.dtype):
        yield bound


def _factors(pattern: list[tuple[Atom, int]], found: list[tuple[Atom, int]], bound: Bound) -> Iterator[Bound]:
    if len(pattern) != len(found):
        return
    if not pattern:
        yield bound
        return
    (atom, exponent), *rest = pattern
    for at, (other, power) in enumerate(found):
        if power == exponent:
            for each in _atom(atom, other, bound):
                yield from _factors(rest, found[:at] + found[at + 1 :], each)


def _atom(pattern: Atom, found: Atom, bound: Bound) -> Iterator[Bound]:
    if isinstance(pattern, Leaf) and isinstance(found, Leaf):
        if bound.values.get(pattern.name, found.name) == found.name:
            yield replace(bound, values={**bound.values, pattern.name: found.name})
    elif isinstance(pattern, Stored) and isinstance(found, Stored):
        if bound.stored.get(pattern.name, found.name) == found.name:
            yield replace(bound, stored={**bound.stored, pattern.name: found.name})
    elif isinstance(pattern, Power) and isinstance(found, Power):
        if pattern.exponent == found.exponent:
            yield from matches(pattern.base, found.base, bound)
    elif isinstance(pattern, Call) and isinstance(found, Call) and pattern.function == found.function:
        for same in _settings(pattern.settings, found.settings, bound):
            yield from _operands(pattern, found, same)


def _settings(pattern: Settings, found: Settings, bound: Bound) -> Iterator[Bound]:
    if isinstance(found, Setting):
        return
    if isinstance(pattern, Setting):
        given = dict(found)
        if bound.settings.get(pattern.name, given) == given:
            yield replace(bound, settings={**bound.settings, pattern.name: given})
        return
    if [name for name, _ in pattern] != [name for name, _ in found]:
        return
    settings = dict(bound.settings)
    for (_, wanted), (_, told) in zip(pattern, found, strict=True):
        known = settings.setdefault(wanted.name, told) if isinstance(wanted, Setting) else wanted
        if known != told:
            return
    yield replace(bound, settings=settings)


def _operands(pattern: Call, found: Call, bound: Bound) -> Iterator[Bound]:
    if len(pattern.operands) != len(found.operands):
        return
    orders = [found.operands]
    if pattern.function in SYMMETRIC and len(found.operands) == len(pattern.operands) == len(orders) + 1:
        orders.append(found.operands[::-1])
    for order in orders:
        ways = [bound]
        for wanted, given in zip(pattern.operands, order, strict=True):
            ways = [each for way in ways for each in matches(wanted, given, way)]
        yield from ways
