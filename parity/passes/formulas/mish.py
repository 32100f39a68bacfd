"""Mish (Misra 2019)."""

from parity.passes.formulas._activations import activation
from parity.patterns import Pattern, call, x

PATTERN = Pattern(
    "mish",
    tuple(x * call("tanh", soft) for soft in (call("softplus", x), call("log", 1 + call("exp", x)))),
    activation("mish"),
)
