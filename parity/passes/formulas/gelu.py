"""GELU by the error function (Hendrycks and Gimpel 2016)."""

from math import sqrt

from parity.passes.formulas._activations import activation
from parity.patterns import Pattern, call, x

PATTERN = Pattern(
    "gelu",
    (x / 2 * (1 + call("erf", x / sqrt(2))),),
    activation("gelu", lambda _: {"approximate": "none"}),
)
