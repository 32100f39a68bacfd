"""Attention over steps against attention over channels."""

from tests.rules.models import keras_net, layers, nn, torch_net


def nets(axis):
    left = keras_net((8, 6), layers().Dense(4), layers().Softmax(axis=1), layers().Dense(2))
    right = torch_net(nn().Linear(6, 4), nn().Softmax(axis), nn().Linear(4, 2))
    return left, right, {"right_inputs": [(1, 8, 6)]}


def bad():
    return nets(-1)


def good():
    return nets(1)
