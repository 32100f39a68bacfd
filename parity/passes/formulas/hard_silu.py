"""Hard SiLU, also known as hard swish (Howard et al. 2019)."""

from parity.passes.formulas._activations import activation
from parity.patterns import Pattern, call, x

PATTERN = Pattern(
    "hard_silu",
    (x * call("relu6", x + 3) / 6, x * call("hard_sigmoid", x)),
    activation("hard_silu"),
)
