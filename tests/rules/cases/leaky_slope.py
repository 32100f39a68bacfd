"""Leaky ReLUs, with the defaults of Keras and of PyTorch."""

from tests.rules.models import keras_net, layers, nn, torch_net


def nets(slope):
    return keras_net((8,), layers().LeakyReLU(0.3)), torch_net(nn().LeakyReLU(slope)), {"right_inputs": [(1, 8)]}


def bad():
    return nets(0.01)


def good():
    return nets(0.3)
