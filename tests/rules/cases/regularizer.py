"""L2 in the layer, and nothing that a file of PyTorch could tell."""

from tests.rules.models import keras_net, layers, nn, torch_net


def keras_one():
    return keras_net((8,), layers().Dense(2, kernel_regularizer="l2"))


def bad():
    return keras_one(), torch_net(nn().Linear(8, 2)), {"right_inputs": [(1, 8)]}


def good():
    return keras_one(), keras_one()
