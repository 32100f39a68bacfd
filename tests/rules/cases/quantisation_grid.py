"""Values that are rounded to small integers by one scale, and by another."""

from tests.rules.models import onnx_model


def net(scale):
    import numpy as np
    from onnx import helper

    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["small"]),
        helper.make_node("DequantizeLinear", ["small", "scale", "zero"], ["y"]),
        helper.make_node("Relu", ["y"], ["z"]),
    ]
    stored = {"scale": np.float32(scale), "zero": np.uint8(128)}
    return onnx_model(nodes, [("x", [1, 4])], [("z", [1, 4])], **stored)


def bad():
    return net(0.1), net(0.5)


def good():
    return net(0.1), net(0.1)
