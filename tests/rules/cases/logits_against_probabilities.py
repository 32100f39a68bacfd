"""Softmax in Keras, logits in PyTorch."""

from tests.rules.models import keras_net, layers, nn, torch_net


def nets(*last):
    left = keras_net((8,), layers().Dense(4, activation="softmax"))
    return left, torch_net(nn().Linear(8, 4), *last), {"right_inputs": [(1, 8)]}


def bad():
    return nets()


def good():
    return nets(nn().Softmax(dim=-1))
