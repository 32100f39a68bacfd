"""Frozen on both sides, in each framework's own way."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, norm, torch_net


def nets(*, frozen):
    left = keras_net(PIXELS, layers().Conv2D(4, 3), layers().BatchNormalization(trainable=not frozen))
    return left, torch_net(nn().Conv2d(3, 4, 3), norm().requires_grad_(not frozen)), {"right_inputs": [IMAGE]}


def bad():
    return nets(frozen=True)


def good():
    return nets(frozen=False)
