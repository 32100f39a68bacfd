"""Scores taken from neighbouring pixels against scores taken from the channels of one pixel."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, module, nn


def right(*order):
    def forward(net, x):
        made = net.head(x)
        return (made.permute(order) if order else made).reshape(len(x), -1, 6)

    return module({"head": nn().Conv2d(3, 12, 3)}, forward)


def nets(made):
    return keras_net(PIXELS, layers().Conv2D(12, 3), layers().Reshape((-1, 6))), made, {"right_inputs": [IMAGE]}


def bad():
    return nets(right())


def good():
    return nets(right(0, 2, 3, 1))
