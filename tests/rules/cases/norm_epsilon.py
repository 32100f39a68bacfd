"""0.001 in Keras, 0.00001 in PyTorch by default."""

from tests.rules.models import keras_net, layers, nn, torch_net


def nets(epsilon):
    left = keras_net((8,), layers().LayerNormalization(), layers().Dense(2))
    return left, torch_net(nn().LayerNorm(8, eps=epsilon), nn().Linear(8, 2)), {"right_inputs": [(1, 8)]}


def bad():
    return nets(1e-5)


def good():
    return nets(1e-3)
