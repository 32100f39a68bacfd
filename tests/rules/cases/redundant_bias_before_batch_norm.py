"""A bias that the batch norm takes away again."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, norm, torch_net


def nets(*, bias):
    left = keras_net(PIXELS, layers().Conv2D(4, 3), layers().BatchNormalization())
    return left, torch_net(nn().Conv2d(3, 4, 3, bias=bias), norm()), {"right_inputs": [IMAGE]}


def bad():
    return nets(bias=False)


def good():
    return nets(bias=True)
