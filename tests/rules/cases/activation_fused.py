"""An activation that an optimiser has moved into the convolution, and one that is an operator of its own."""

from tests.rules.models import IMAGE, nn, onnx_export, onnx_model, torch_net


def net():
    return torch_net(nn().Conv2d(3, 4, 3, bias=False), nn().LeakyReLU(0.125))


def bad():
    import numpy as np
    from onnx import helper

    settings = {"activation": "LeakyRelu", "activation_params": [0.125]}
    node = helper.make_node("FusedConv", ["x", "kernel"], ["y"], domain="com.microsoft", **settings)
    ends = [("x", [1, 3, 8, 8])], [("y", [1, 4, 6, 6])]
    model = onnx_model([node], *ends, kernel=np.ones((4, 3, 3, 3), dtype="float32"))
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return net(), model, {"left_inputs": [IMAGE]}


def good():
    return net(), onnx_export(net(), IMAGE), {"left_inputs": [IMAGE]}
