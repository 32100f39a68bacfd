"""Noise that the port leaves out."""

from tests.rules.models import keras_net, layers, nn, torch_net


def bad():
    left = keras_net((8,), layers().GaussianNoise(0.5), layers().Dense(4))
    return left, torch_net(nn().Linear(8, 4)), {"right_inputs": [(1, 8)]}


def good():
    return keras_net((8,), layers().Dense(4)), torch_net(nn().Linear(8, 4)), {"right_inputs": [(1, 8)]}
