"""An activation as an argument, and as a layer."""

from tests.rules.models import keras_net, layers, nn, torch_net

IMAGE = {"right_inputs": [(1, 3, 8, 8)]}


def right():
    return torch_net(nn().Conv2d(3, 4, 3), nn().ReLU())


def bad():
    return keras_net((8, 8, 3), layers().Conv2D(4, 3, activation="relu")), right(), IMAGE


def good():
    return keras_net((8, 8, 3), layers().Conv2D(4, 3), layers().ReLU()), right(), IMAGE
