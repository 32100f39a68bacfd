"""Cutting off what follows the point, which is a function of its own in PyTorch and Keras, not in ONNX."""

from parity.graph import Layer
from parity.patterns import Match, Pattern, call, x


def _make(match: Match) -> tuple[Layer, ...]:
    return match.made("elementwise", {"function": "truncate"})


PATTERN = Pattern("truncate", (call("floor", call("abs", x)) * call("sign", x),), _make)
