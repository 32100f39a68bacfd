"""Softplus written out."""

from parity.passes.formulas._activations import activation
from parity.patterns import Pattern, call, x

PATTERN = Pattern("softplus", (call("log", 1 + call("exp", x)),), activation("softplus"))
