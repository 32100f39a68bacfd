"""A row for padding, which Keras does not have."""

from tests.rules.models import keras_net, layers, nn, torch_net


def nets(**settings):
    left = keras_net((5,), layers().Embedding(11, 4), dtype="int32")
    return left, torch_net(nn().Embedding(11, 4, **settings)), {"right_inputs": [((1, 5), "int64")]}


def bad():
    return nets(padding_idx=0)


def good():
    return nets()
