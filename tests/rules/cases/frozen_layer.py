"""Frozen in Keras, trained in PyTorch."""

from tests.rules.models import keras_net, layers, nn, torch_net


def nets(*, frozen):
    left = keras_net((8,), layers().Dense(4, trainable=False), layers().Dense(2))
    right = torch_net(nn().Linear(8, 4), nn().Linear(4, 2))
    right[0].requires_grad_(not frozen)
    return left, right, {"right_inputs": [(1, 8)]}


def bad():
    return nets(frozen=False)


def good():
    return nets(frozen=True)
