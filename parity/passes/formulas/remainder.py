"""The remainder of a division by a number, with the sign of that, as TensorFlow writes it for ONNX."""

from dataclasses import replace
from math import isclose

from parity.graph import Layer
from parity.patterns import Match, Pattern, call, number, x

SINGLE = 1e-6
"""How exact a number of single precision and its inverse are those of each other."""


def _make(match: Match) -> tuple[Layer, ...]:
    minus, inverse = match.numbers["minus"], match.numbers["inverse"]
    if not isclose(minus * inverse, -1, rel_tol=SINGLE):
        return ()
    attributes = {"function": "remainder", "operand": -minus}
    return (replace(match.layer, kind="elementwise", attributes=attributes, inputs=(match.value,)),)


PATTERN = Pattern(
    "remainder",
    (x + number("minus") * call("floor", number("inverse") * x),),
    _make,
    example={"minus": -0.5, "inverse": 2.0},
)
