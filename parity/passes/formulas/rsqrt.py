"""One over a square root, which is a function of its own in PyTorch and TensorFlow, and two operators in ONNX."""

from parity.graph import Layer
from parity.patterns import Match, Pattern, root, x


def _make(match: Match) -> tuple[Layer, ...]:
    return match.made("elementwise", {"function": "rsqrt"})


PATTERN = Pattern("rsqrt", (1 / root(x),), _make)
