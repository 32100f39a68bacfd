"""(in, out) in Keras, (out, in) in PyTorch."""

from tests.rules.models import keras_net, layers, nn, torch_net


def torch_one():
    return torch_net(nn().Linear(8, 2))


def bad():
    return keras_net((8,), layers().Dense(2)), torch_one(), {"right_inputs": [(1, 8)]}


def good():
    return torch_one(), torch_one(), {"inputs": [(1, 8)]}
