"""Keras skips the steps of token 0."""

from tests.rules.models import keras_net, layers, module, nn


def nets(*, masked):
    left = keras_net((6,), layers().Embedding(11, 4, mask_zero=masked), layers().LSTM(3), dtype="int32")
    parts = {"words": nn().Embedding(11, 4), "rnn": nn().LSTM(4, 3, batch_first=True)}
    right = module(parts, lambda self, x: self.rnn(self.words(x))[1][0][0])
    return left, right, {"right_inputs": [((1, 6), "int64")]}


def bad():
    return nets(masked=True)


def good():
    return nets(masked=False)
