"""A batch norm that was never trained, of which an exporter stores equal vectors once, and one that was."""

from tests.rules.models import IMAGE, nn, norm, onnx_export, torch_net


def net(last):
    return torch_net(nn().Conv2d(3, 4, 3, bias=False), last)


def bad():
    model = net(nn().BatchNorm2d(4))
    return model, onnx_export(model, IMAGE, fold=False), {"left_inputs": [IMAGE]}


def good():
    model = net(norm())
    return model, onnx_export(model, IMAGE, fold=False), {"left_inputs": [IMAGE]}
