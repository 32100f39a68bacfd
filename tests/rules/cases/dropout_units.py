"""Whole channels against single numbers."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, torch_net


def nets(right):
    left = keras_net(PIXELS, layers().Conv2D(4, 3), layers().SpatialDropout2D(0.3))
    return left, torch_net(nn().Conv2d(3, 4, 3), right), {"right_inputs": [IMAGE]}


def bad():
    return nets(nn().Dropout(0.3))


def good():
    return nets(nn().Dropout2d(0.3))
