"""The logistic function written out."""

from parity.passes.formulas._activations import activation
from parity.patterns import Pattern, call, x

PATTERN = Pattern("sigmoid", (1 / (1 + call("exp", -x)),), activation("sigmoid"))
