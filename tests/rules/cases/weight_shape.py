"""Other units in the middle."""

from tests.rules.models import keras_net, layers, nn, torch_net


def nets(units):
    left = keras_net((8,), layers().Dense(4), layers().Dense(2))
    return left, torch_net(nn().Linear(8, units), nn().Linear(units, 2)), {"right_inputs": [(1, 8)]}


def bad():
    return nets(5)


def good():
    return nets(4)
