"""An ONNX file has no place for the flag."""

from tests.rules.models import nn, onnx_export, torch_net


def net():
    return torch_net(nn().Linear(8, 2))


def bad():
    return net(), onnx_export(net(), (1, 8)), {"left_inputs": [(1, 8)]}


def good():
    return net(), net(), {"inputs": [(1, 8)]}
