"""The logarithm of softmax over an axis."""

from parity.passes.formulas._softmax import ROWS, maker, totals
from parity.patterns import Pattern, call, over_axes, x

PATTERN = Pattern(
    "log_softmax",
    (
        *(row - call("log", total) for row in ROWS for total in totals(row)),
        x - over_axes("logsumexp", x),
    ),
    maker("log_softmax"),
    example={"count": 8.0},
)
