"""The sum of both directions in Keras, both beside each other in PyTorch."""

from tests.rules.models import keras_net, layers, module, nn


def keras_one(mode):
    return keras_net((6, 5), layers().Bidirectional(layers().LSTM(4, return_sequences=True), merge_mode=mode))


def torch_one():
    return module({"rnn": nn().LSTM(5, 4, bidirectional=True, batch_first=True)}, lambda self, x: self.rnn(x)[0])


def bad():
    return keras_one("sum"), torch_one(), {"right_inputs": [(1, 6, 5)]}


def good():
    return keras_one("concat"), torch_one(), {"right_inputs": [(1, 6, 5)]}
