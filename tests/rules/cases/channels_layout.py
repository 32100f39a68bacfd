"""A convolution that works with channels first in a model that has them last, and the same without transpositions."""

from tests.rules.models import IMAGE, keras_net, layers, nn, onnx_export, onnx_model, torch_net


def bad():
    import numpy as np
    from onnx import helper

    nodes = [
        helper.make_node("Transpose", ["x"], ["first"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["first", "kernel"], ["made"]),
        helper.make_node("Transpose", ["made"], ["y"], perm=[0, 2, 3, 1]),
    ]
    ends = [("x", ["N", 8, 8, 3])], [("y", ["N", 6, 6, 4])]
    kernel = np.ones((4, 3, 3, 3), dtype="float32")
    return keras_net((8, 8, 3), layers().Conv2D(4, 3, use_bias=False)), onnx_model(nodes, *ends, kernel=kernel)


def good():
    model = torch_net(nn().Conv2d(3, 4, 3))
    return model, onnx_export(model, IMAGE), {"left_inputs": [IMAGE]}
