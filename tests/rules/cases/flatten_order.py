"""Rows over (h, w, c) against (c, h, w); one position has no order."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, torch_net


def nets(size):
    kernel = 9 - size
    left = keras_net(PIXELS, layers().Conv2D(4, kernel), layers().Flatten(), layers().Dense(2))
    right = torch_net(nn().Conv2d(3, 4, kernel), nn().Flatten(), nn().Linear(4 * size * size, 2))
    return left, right, {"right_inputs": [IMAGE]}


def bad():
    return nets(2)


def good():
    return nets(1)
