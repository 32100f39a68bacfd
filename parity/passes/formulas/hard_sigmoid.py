"""Hard sigmoid with the slope 1/6, which Keras and PyTorch have."""

from parity.passes.formulas._activations import activation
from parity.patterns import Pattern, call, x

PATTERN = Pattern("hard_sigmoid", (call("relu6", x + 3) / 6,), activation("hard_sigmoid"))
