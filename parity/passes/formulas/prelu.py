"""A parametric ReLU as TensorFlow writes it, ``relu(x) + factor * relu(-x)``.

What is stored as the factor is the slope with the opposite sign.
"""

from dataclasses import replace

from parity.graph import Layer
from parity.kinds import slopes
from parity.patterns import Match, Pattern, call, stored, x


def _make(match: Match) -> tuple[Layer, ...]:
    slope = match.stored["slope"]
    (operand,) = slope.weights
    attributes, layout = slopes(operand.shape)
    if len(operand.shape) == 1:
        attributes["axes"] = (slope.attributes["operand_axis"],) if operand.shape != (1,) else ()
    attributes["rank"] = len(match.graph.shape(match.value) or ())
    weights = (replace(operand, role="alpha", axes=layout, factor=-operand.factor),)
    return match.made("prelu", attributes, weights)


PATTERN = Pattern(
    "prelu",
    (call("relu", x) + stored("slope") * call("relu", -x),),
    _make,
    remark="its slope with the sign changed",
)
