"""Snake: x + sin(frequency * x)^2 / frequency (Ziyin et al. 2020), an operator of a domain of one's own."""

import numpy as np

from parity.extending import NUMBER, Attribute, Call, Draft, Given, Kind


def _operator(call: Call) -> tuple[Draft, ...]:
    attributes = {"frequency": call.get("frequency", 1.0)}
    return (Draft("snake", attributes, call.inputs[:1], call.outputs[:1]),)


def _compute(given: Given):
    value, frequency = given.inputs[0], given.attributes["frequency"]
    return (value + np.sin(frequency * value) ** 2 / frequency,)


KIND = Kind(
    "snake",
    attributes={"frequency": Attribute(type=NUMBER)},
    compute=_compute,
    spellings={("onnx:acme", "Snake"): _operator, ("torch", "torch.ops.acme.snake.default"): _operator},
)
