"""The target of a Reshape is a tensor in ONNX."""

from tests.rules.models import module, nn, onnx_model


def torch_one():
    return module({"fc": nn().Linear(8, 6)}, lambda self, x: self.fc(x).reshape(2, 2, 3))


def onnx_one():
    import numpy as np
    from onnx import helper

    nodes = [
        helper.make_node("Gemm", ["x", "weight", "bias"], ["h"], transB=1),
        helper.make_node("Reshape", ["h", "target"], ["y"]),
    ]
    tensors = {"weight": np.ones((6, 8), "float32"), "bias": np.ones(6, "float32"), "target": np.array([2, 2, 3])}
    return onnx_model(nodes, [("x", [2, 8])], [("y", [2, 2, 3])], **tensors)


def bad():
    return torch_one(), onnx_one(), {"left_inputs": [(2, 8)]}


def good():
    return torch_one(), torch_one(), {"inputs": [(2, 8)]}
