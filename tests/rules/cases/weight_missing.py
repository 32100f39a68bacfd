"""A bias on one side."""

from tests.rules.models import keras_net, layers, nn, torch_net


def nets(*, bias):
    left = keras_net((8,), layers().Dense(4), layers().Dense(2))
    return left, torch_net(nn().Linear(8, 4, bias=bias), nn().Linear(4, 2)), {"right_inputs": [(1, 8)]}


def bad():
    return nets(bias=False)


def good():
    return nets(bias=True)
