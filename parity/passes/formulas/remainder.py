"""The remainder of a division by a number, with the sign of that, as TensorFlow writes it for ONNX."""

from parity.graph import Layer
from parity.patterns import Match, Pattern, call, close, number, x


def _make(match: Match) -> tuple[Layer, ...]:
    minus, inverse = match.numbers["minus"], match.numbers["inverse"]
    if not close(minus * inverse, -1):
        return ()
    return match.made("elementwise", {"function": "remainder", "operand": -minus})


PATTERN = Pattern(
    "remainder",
    (x + number("minus") * call("floor", number("inverse") * x),),
    _make,
    example={"minus": -0.5, "inverse": 2.0},
)
