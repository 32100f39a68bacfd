"""A normal form as people write it."""

from collections.abc import Mapping
from dataclasses import dataclass

from parity.patterns._polynomials import Atom, Call, Coefficient, Monomial, Number, Polynomial, Power, Setting


def written(of: Polynomial, names: Mapping[str, str] | None = None) -> str:
    """A sum with its terms in the order of their text.

    Args:
        of: what is written.
        names: what values are called, where that is not their own name.
    """
    return _Writing(names or {}).sum(of)


@dataclass(frozen=True, slots=True)
class _Writing:
    names: Mapping[str, str]

    def sum(self, of: Polynomial) -> str:
        return " + ".join(sorted(self._term(monomial, by) for monomial, by in of.terms)) or "0"

    def _term(self, monomial: Monomial, by: Coefficient) -> str:
        factors = [_number(by)] if by != 1.0 or not monomial else []
        return " * ".join((*factors, *sorted(self._power(atom, exponent) for atom, exponent in monomial)))

    def _power(self, atom: Atom, exponent: int) -> str:
        if isinstance(atom, Power) and atom.exponent != 1:
            return f"({self.sum(atom.base)})**{atom.exponent * exponent:g}"
        return self._atom(atom) if exponent == 1 else f"{self._atom(atom)}**{exponent}"

    def _atom(self, of: Atom) -> str:
        if isinstance(of, Call):
            told = () if isinstance(of.settings, Setting) else of.settings
            settings = (f"{name}={_setting(given)}" for name, given in told)
            return f"{of.function}({', '.join((*map(self.sum, of.operands), *settings))})"
        return f"({self.sum(of.base)})" if isinstance(of, Power) else self.names.get(of.name, of.name)


def _number(of: Coefficient) -> str:
    return of.name if isinstance(of, Number) else f"{of:.6g}"


def _setting(given: object) -> str:
    return given.name if isinstance(given, Setting) else repr(given)
