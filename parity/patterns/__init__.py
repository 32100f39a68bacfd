"""Formulas, and what they are called: arithmetic that a graph spells out is matched in a normal form.

    from parity.patterns import Pattern, call, number, x

    SILU = Pattern("silu", (x * call("sigmoid", number("beta") * x),), as_activation)

A pattern is written with the operators of Python. What it is compared with is multiplied out, so that one pattern
finds every order of operands, ``x * x`` and ``pow(x, 2)``, a quotient and a product with the inverse, and a factor that
stands before a bracket or in it. Patterns know graphs, and no kinds but those that arithmetic is made of.
"""

from parity.patterns._driver import readable, recompose, why_not
from parity.patterns._language import Match, Pattern, call, mean, number, over_axes, root, setting, stored, x
from parity.patterns._matching import close
from parity.patterns._polynomials import Polynomial

__all__ = [
    "Match",
    "Pattern",
    "Polynomial",
    "call",
    "close",
    "mean",
    "number",
    "over_axes",
    "readable",
    "recompose",
    "root",
    "setting",
    "stored",
    "why_not",
    "x",
]
