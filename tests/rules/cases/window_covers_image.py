"""An average over a window as large as the image, and over the image whatever its size."""

from tests.rules.models import keras_net, layers, nn, torch_net

IMAGE = {"right_inputs": [(1, 3, 8, 8)]}


def left():
    return keras_net((8, 8, 3), layers().GlobalAveragePooling2D(keepdims=True))


def bad():
    return left(), torch_net(nn().AvgPool2d(8)), IMAGE


def good():
    return left(), torch_net(nn().AdaptiveAvgPool2d(1)), IMAGE
