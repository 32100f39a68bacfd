"""A module without example inputs."""

from tests.rules.models import keras_net, layers, nn, torch_net


def nets(**inputs):
    return keras_net((8,), layers().Dense(2)), torch_net(nn().Linear(8, 2)), inputs


def bad():
    return nets()


def good():
    return nets(right_inputs=[(1, 8)])
