"""Channels last in Keras, first in PyTorch."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, torch_net


def torch_one():
    return torch_net(nn().Conv2d(3, 4, 3))


def bad():
    return keras_net(PIXELS, layers().Conv2D(4, 3)), torch_one(), {"right_inputs": [IMAGE]}


def good():
    return torch_one(), torch_one(), {"inputs": [IMAGE]}
