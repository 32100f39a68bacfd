"""A relu that the port leaves out."""

from tests.rules.models import keras_net, layers, nn, torch_net


def nets(*functions):
    left = keras_net((8,), layers().Dense(4, activation="relu"), layers().Dense(2))
    return left, torch_net(nn().Linear(8, 4), *functions, nn().Linear(4, 2)), {"right_inputs": [(1, 8)]}


def bad():
    return nets()


def good():
    return nets(nn().ReLU())
