"""A batch norm after a dense layer, and one of images."""

from tests.rules.models import keras_net, layers, nn, torch_net


def bad():
    left = keras_net((8,), layers().Dense(4), layers().BatchNormalization())
    norm = nn().BatchNorm1d(4, eps=1e-3, momentum=0.01)
    return left, torch_net(nn().Linear(8, 4), norm), {"right_inputs": [(2, 8)]}


def good():
    left = keras_net((8, 8, 3), layers().Conv2D(4, 3), layers().BatchNormalization())
    norm = nn().BatchNorm2d(4, eps=1e-3, momentum=0.01)
    return left, torch_net(nn().Conv2d(3, 4, 3), norm), {"right_inputs": [(1, 3, 8, 8)]}
