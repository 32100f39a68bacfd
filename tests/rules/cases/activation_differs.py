"""relu against tanh."""

from tests.rules.models import keras_net, layers, nn, torch_net


def nets(function):
    left = keras_net((8,), layers().Dense(4, activation="relu"), layers().Dense(2))
    return left, torch_net(nn().Linear(8, 4), function, nn().Linear(4, 2)), {"right_inputs": [(1, 8)]}


def bad():
    return nets(nn().Tanh())


def good():
    return nets(nn().ReLU())
