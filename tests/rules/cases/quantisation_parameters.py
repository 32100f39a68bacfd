"""A dense layer whose kernel is stored as small integers with a scale for each unit, and one of real numbers."""

from tests.rules.models import onnx_model


def net(*, quantised):
    import numpy as np
    from onnx import helper

    kernel = np.arange(-6, 6, dtype="int8").reshape(4, 3)
    nodes = [helper.make_node("MatMul", ["x", "kernel"], ["y"]), helper.make_node("Relu", ["y"], ["z"])]
    ends = [("x", [1, 4])], [("z", [1, 3])]
    if not quantised:
        return onnx_model(nodes, *ends, kernel=kernel.astype("float32"))
    scale, zero = np.array([0.5, 0.25, 0.125], dtype="float32"), np.zeros(3, dtype="int8")
    real = helper.make_node("DequantizeLinear", ["small", "scale", "zero"], ["kernel"], axis=1)
    return onnx_model([real, *nodes], *ends, small=kernel, scale=scale, zero=zero)


def bad():
    return net(quantised=False), net(quantised=True)


def good():
    return net(quantised=True), net(quantised=True)
