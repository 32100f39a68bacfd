"""Softmax over an axis."""

from parity.passes.formulas._softmax import ROWS, maker
from parity.patterns import Pattern, call, mean, number, over_axes, x

_POWERS = tuple(call("exp", row) for row in ROWS)

PATTERN = Pattern(
    "softmax",
    (
        *(number("share") * power / mean(power) for power in _POWERS),
        *(power / over_axes("sum", power) for power in _POWERS),
        call("exp", x - over_axes("logsumexp", x)),
    ),
    maker("softmax"),
    example={"share": 0.125},
)
