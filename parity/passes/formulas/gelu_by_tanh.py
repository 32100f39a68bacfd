"""GELU by tanh (Hendrycks and Gimpel 2016)."""

from math import pi, sqrt

from parity.passes.formulas._activations import activation
from parity.patterns import Pattern, call, x

PATTERN = Pattern(
    "gelu_by_tanh",
    (x / 2 * (1 + call("tanh", sqrt(2 / pi) * (x + 0.044715 * x**3))),),
    activation("gelu", lambda _: {"approximate": "tanh"}),
)
