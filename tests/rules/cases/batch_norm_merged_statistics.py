"""A batch norm as an exporter writes it, and as the operator that it is."""

from tests.rules.models import IMAGE, nn, norm, onnx_export, onnx_model, torch_net


def bad():
    import numpy as np
    from onnx import helper

    scale, shift = "norm/batchnorm/mul:0", "norm/batchnorm/sub:0"
    nodes = [helper.make_node("Mul", ["x", scale], ["y"]), helper.make_node("Add", ["y", shift], ["z"])]
    nodes.append(helper.make_node("Relu", ["z"], ["out"]))
    ends = [("x", [1, 4, 8, 8])], [("out", [1, 4, 8, 8])]
    vectors = {name: np.arange(1, 5, dtype="float32").reshape(1, 4, 1, 1) / 7 for name in (scale, shift)}
    return net(), onnx_model(nodes, *ends, **vectors), {"left_inputs": [(1, 4, 8, 8)]}


def net():
    return torch_net(norm(), nn().ReLU())


def good():
    left = torch_net(nn().Conv2d(3, 4, 3, bias=False), nn().ReLU(), norm())
    return left, onnx_export(left, IMAGE), {"left_inputs": [IMAGE]}
