"""An exporter merges the batch norm into the convolution, or is told not to."""

from tests.rules.models import IMAGE, nn, norm, onnx_export, torch_net


def net():
    return torch_net(nn().Conv2d(3, 4, 3, bias=False), norm())


def bad():
    return net(), onnx_export(net(), IMAGE), {"left_inputs": [IMAGE]}


def good():
    return net(), onnx_export(net(), IMAGE, fold=False), {"left_inputs": [IMAGE]}
