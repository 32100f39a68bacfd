"""A softmax over channels in an operator set that can take it over the last axis only, and in one that need not."""

from tests.rules.models import IMAGE, nn, onnx_export, torch_net


def pair(opset):
    model = torch_net(nn().Conv2d(3, 4, 3), nn().Softmax(dim=1))
    return model, onnx_export(model, IMAGE, opset=opset), {"left_inputs": [IMAGE]}


def bad():
    return pair(11)


def good():
    return pair(17)
