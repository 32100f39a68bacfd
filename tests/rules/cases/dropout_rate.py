"""Another rate."""

from tests.rules.models import keras_net, layers, nn, torch_net


def nets(rate):
    left = keras_net((8,), layers().Dropout(0.5), layers().Dense(2))
    return left, torch_net(nn().Dropout(rate), nn().Linear(8, 2)), {"right_inputs": [(1, 8)]}


def bad():
    return nets(0.1)


def good():
    return nets(0.5)
