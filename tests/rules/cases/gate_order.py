"""PyTorch's i f g o against ONNX's i o f c."""

from tests.rules.models import module, nn, onnx_model

STEPS, WIDTH, UNITS = 5, 3, 2


def sequence():
    return module({"lstm": nn().LSTM(WIDTH, UNITS)}, lambda self, x: self.lstm(x)[0])


def node():
    import numpy as np
    from onnx import helper

    nodes = [
        helper.make_node("LSTM", ["x", "W", "R", "B"], ["y"], hidden_size=UNITS),
        helper.make_node("Squeeze", ["y", "axes"], ["z"]),
    ]
    return onnx_model(
        nodes,
        [("x", (STEPS, 1, WIDTH))],
        [("z", (STEPS, 1, UNITS))],
        W=np.ones((1, 4 * UNITS, WIDTH), "float32"),
        R=np.ones((1, 4 * UNITS, UNITS), "float32"),
        B=np.ones((1, 8 * UNITS), "float32"),
        axes=np.array([1], "int64"),
    )


def bad():
    return sequence(), node(), {"left_inputs": [(STEPS, 1, WIDTH)]}


def good():
    return sequence(), sequence(), {"inputs": [(STEPS, 1, WIDTH)]}
