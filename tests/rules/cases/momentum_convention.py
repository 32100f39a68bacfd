"""Keras' number in PyTorch."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, norm, torch_net


def nets(momentum):
    left = keras_net(PIXELS, layers().Conv2D(4, 3), layers().BatchNormalization(momentum=0.9))
    return left, torch_net(nn().Conv2d(3, 4, 3), norm(momentum=momentum)), {"right_inputs": [IMAGE]}


def bad():
    return nets(0.9)


def good():
    return nets(0.1)
