"""GELU with erf against GELU with tanh."""

from tests.rules.models import keras_net, layers, nn, torch_net


def nets(form):
    left = keras_net((8,), layers().Activation("gelu"))
    return left, torch_net(nn().GELU(form)), {"right_inputs": [(1, 8)]}


def bad():
    return nets("tanh")


def good():
    return nets("none")
