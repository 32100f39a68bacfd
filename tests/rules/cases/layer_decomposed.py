"""A linear layer on sequences, which ONNX has no operator for, and one on rows, for which it has."""

from tests.rules.models import nn, onnx_export, torch_net


def bad():
    model = torch_net(nn().Linear(4, 3))
    return model, onnx_export(model, (1, 5, 4)), {"left_inputs": [(1, 5, 4)]}


def good():
    model = torch_net(nn().Linear(4, 3))
    return model, onnx_export(model, (1, 4)), {"left_inputs": [(1, 4)]}
