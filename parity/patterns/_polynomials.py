"""The normal form of arithmetic: sums of products of what is no arithmetic, multiplied out.

A polynomial has a coefficient for each product of powers of atoms. Atoms are values of a graph, stored tensors, calls
of functions and roots. Two formulas that school algebra turns into each other have one normal form, whatever the order
of their operands, and whether a factor stands inside a bracket or before it.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import isclose
from typing import TypeAlias

MOST_TERMS = 32
"""A product of sums that would have more terms is not multiplied out."""

MOST_FACTORS = 16
"""So often may an atom be a factor of a product that is multiplied out."""


class TooLarge(Exception):
    """A normal form would have more terms than anybody writes into a formula."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that a pattern leaves open."""

    name: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a call that a pattern leaves open."""

    name: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of a graph; in a pattern a variable that stands for one."""

    name: str


@dataclass(frozen=True, slots=True)
class Stored:
    """The stored tensor of a layer, by its path; in a pattern the role of one."""

    name: str


Settings: TypeAlias = "tuple[tuple[str, Hashable], ...] | Setting"
"""Of a call by name, in the order of the names; in a pattern also a variable for all of them."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function of one or more operands that is no sum, product or power."""

    function: str
    settings: Settings
    operands: "tuple[Polynomial, ...]"


@dataclass(frozen=True, slots=True)
class Power:
    """A sum under a root or in a bracket, or whatever is raised to a broken power."""

    base: "Polynomial"
    exponent: float


Atom: TypeAlias = "Leaf | Stored | Call | Power"
Monomial: TypeAlias = "frozenset[tuple[Atom, int]]"
"""Atoms with their exponents; empty for the number in a sum."""

Coefficient: TypeAlias = "float | Number"

ONE: Monomial = frozenset()


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A sum: each product of powers of atoms with its coefficient, none of which is 0."""

    terms: "frozenset[tuple[Monomial, Coefficient]]"

    def __add__(self, other: "Polynomial | float") -> "Polynomial":
        """The sum."""
        return _collected((*self.terms, *polynomial(other).terms))

    def __radd__(self, other: float) -> "Polynomial":
        """The sum."""
        return self + other

    def __sub__(self, other: "Polynomial | float") -> "Polynomial":
        """The difference."""
        return self + polynomial(other) * -1.0

    def __rsub__(self, other: float) -> "Polynomial":
        """The difference."""
        return self * -1.0 + other

    def __neg__(self) -> "Polynomial":
        """The same with the other sign."""
        return self * -1.0

    def __mul__(self, other: "Polynomial | float") -> "Polynomial":
        """The product, multiplied out.

        Raises:
            TooLarge: it has too many terms.
        """
        other = polynomial(other)
        if len(self.terms) * len(other.terms) > MOST_TERMS:
            raise TooLarge
        return _collected((_joined(a, b), _times(p, q)) for a, p in self.terms for b, q in other.terms)

    def __rmul__(self, other: float) -> "Polynomial":
        """The product."""
        return self * other

    def __truediv__(self, other: "Polynomial | float") -> "Polynomial":
        """The quotient."""
        return self * polynomial(other) ** -1

    def __rtruediv__(self, other: float) -> "Polynomial":
        """The quotient."""
        return self**-1 * other

    def __pow__(self, exponent: float) -> "Polynomial":
        """The power: a sum is multiplied out where that is short, and a root is an atom of its own.

        A root of a power stays what it is: the root of a square is no longer the number itself.
        """
        if exponent != int(exponent):
            root = _of(Power(self, abs(exponent)))
            return root if exponent > 0 else root**-1
        if exponent < 0:
            return _inverse(self) ** -exponent if exponent != -1 else _inverse(self)
        if exponent > MOST_FACTORS:
            raise TooLarge
        found = polynomial(1.0)
        for _ in range(int(exponent)):
            found = found * self
        return found

    @property
    def single(self) -> tuple[Monomial, Coefficient] | None:
        """Its only term."""
        return next(iter(self.terms)) if len(self.terms) == 1 else None


def polynomial(of: "Polynomial | Atom | Number | float") -> Polynomial:
    """An atom or a number as a polynomial."""
    if isinstance(of, Polynomial):
        return of
    if isinstance(of, Number):
        return Polynomial(frozenset({(ONE, of)}))
    if isinstance(of, int | float):
        return Polynomial(frozenset({(ONE, float(of))} if of else ()))
    return _of(of)


def _of(atom: Atom) -> Polynomial:
    return Polynomial(frozenset({(frozenset({(atom, 1)}), 1.0)}))


def _collected(terms: Iterable[tuple[Monomial, Coefficient]]) -> Polynomial:
    found: dict[Monomial, Coefficient] = {}
    for monomial, coefficient in terms:
        before = found.get(monomial)
        found[monomial] = coefficient if before is None else _plus(before, coefficient)
    if len(found) > MOST_TERMS:
        raise TooLarge
    return Polynomial(frozenset((monomial, by) for monomial, by in found.items() if by != 0.0))


def _plus(one: Coefficient, other: Coefficient) -> Coefficient:
    if isinstance(one, Number) or isinstance(other, Number):
        raise TypeError(f"a pattern cannot add to an open coefficient ({one}, {other})")
    # What is equal but for rounding has cancelled out.
    return 0.0 if isclose(one, -other, rel_tol=1e-12) else one + other


def _times(one: Coefficient, other: Coefficient) -> Coefficient:
    if isinstance(one, Number) or isinstance(other, Number):
        if 1.0 not in {one, other}:
            raise TypeError(f"a pattern cannot multiply an open coefficient ({one}, {other})")
        return other if one == 1.0 else one
    return one * other


def _joined(one: Monomial, other: Monomial) -> Monomial:
    if not one or not other:
        return one or other
    exponents: dict[Atom, int] = dict(one)
    for atom, exponent in other:
        exponents[atom] = exponents.get(atom, 0) + exponent
    return frozenset((atom, exponent) for atom, exponent in exponents.items() if exponent)


def _inverse(of: Polynomial) -> Polynomial:
    monomial, coefficient = of.single or (ONE, Number(""))
    if isinstance(coefficient, Number):
        return Polynomial(frozenset({(frozenset({(Power(of, 1.0), -1)}), 1.0)}))
    return Polynomial(frozenset({(frozenset((atom, -power) for atom, power in monomial), 1.0 / coefficient)}))


def call(function: str, *operands: Polynomial | float, settings: Settings = ()) -> Polynomial:
    """A function of operands; what is another word for arithmetic with a simpler function is said in that."""
    given = tuple(map(polynomial, operands))
    if function in SIMPLER:
        return SIMPLER[function](given[0])
    if function in ODD and (term := given[0].single) is not None and isinstance(term[1], float) and term[1] < 0:
        return -_of(Call(function, settings, (-given[0],)))
    return _of(Call(function, settings, given))


ODD = frozenset({"asinh", "atan", "erf", "sin", "sinh", "tan", "tanh"})
"""Functions f with f(-x) = -f(x)."""

SIMPLER: Mapping[str, Callable[[Polynomial], Polynomial]] = {
    "erfc": lambda of: 1.0 - call("erf", of),
    "expm1": lambda of: call("exp", of) - 1.0,
    "log1p": lambda of: call("log", 1.0 + of),
}
"""Functions that are others and arithmetic."""


def mean(of: Polynomial, axes: Hashable) -> Polynomial:
    """The mean over axes, which it keeps: that of a sum is the sum of means, and what is constant stands before it."""
    found = polynomial(0.0)
    settings: Settings = (("axes", axes),)
    for monomial, coefficient in of.terms:
        constant = frozenset((atom, exponent) for atom, exponent in monomial if _is_constant(atom, settings))
        inner = Polynomial(frozenset({(monomial - constant, 1.0)}))
        outer = Polynomial(frozenset({(constant, coefficient)}))
        found = found + (outer * _of(Call("mean", settings, (inner,))) if monomial - constant else outer)
    return found


def _is_constant(atom: Atom, settings: Settings) -> bool:
    """Whether something has one value along the axes of a mean, since it is a mean over them itself."""
    if isinstance(atom, Power):
        return all(_is_constant(each, settings) for monomial, _ in atom.base.terms for each, _ in monomial)
    return isinstance(atom, Call) and atom.function == "mean" and atom.settings == settings


def functions(of: Polynomial) -> frozenset[str]:
    """The names of all functions in it, roots among them."""
    found: set[str] = set()
    for monomial, _ in of.terms:
        for atom, _ in monomial:
            if isinstance(atom, Call):
                found.add(atom.function)
                found.update(*map(functions, atom.operands))
            elif isinstance(atom, Power):
                found |= {"root", *functions(atom.base)} if atom.exponent != 1 else functions(atom.base)
    return frozenset(found)


def size(of: Polynomial) -> int:
    """The number of atoms in it, those inside of others among them."""
    total = 0
    for monomial, _ in of.terms:
        for atom, _ in monomial:
            inner = atom.operands if isinstance(atom, Call) else (atom.base,) if isinstance(atom, Power) else ()
            total += 1 + sum(map(size, inner))
    return total
