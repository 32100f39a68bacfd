"""A recurrent layer with the batch first, which ONNX has no such operator for, and one with time first."""

from tests.rules.models import module, nn, onnx_export

STEPS = {"left_inputs": [(2, 6, 4)]}


def net(**settings):
    return module({"cell": nn().GRU(4, 3, **settings)}, lambda self, x: self.cell(x)[0])


def bad():
    return net(batch_first=True), onnx_export(net(batch_first=True), (2, 6, 4)), STEPS


def good():
    return net(), onnx_export(net(), (2, 6, 4)), STEPS
