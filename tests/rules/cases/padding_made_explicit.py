"""Zeros from a layer of their own, and from the convolution on both sides."""

from tests.rules.models import keras_net, layers, nn, torch_net

IMAGE = {"right_inputs": [(1, 3, 8, 8)]}


def bad():
    left = keras_net((8, 8, 3), layers().ZeroPadding2D(1), layers().Conv2D(4, 3))
    return left, torch_net(nn().Conv2d(3, 4, 3, padding=1)), IMAGE


def good():
    left = keras_net((8, 8, 3), layers().Conv2D(4, 3, padding="same"))
    return left, torch_net(nn().Conv2d(3, 4, 3, padding=1)), IMAGE
