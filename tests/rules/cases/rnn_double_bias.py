"""One bias in Keras, two in PyTorch."""

from tests.rules.models import keras_net, layers, module, nn


def torch_one():
    return module({"lstm": nn().LSTM(3, 2, batch_first=True)}, lambda self, x: self.lstm(x)[0])


def bad():
    return keras_net((5, 3), layers().LSTM(2, return_sequences=True)), torch_one(), {"right_inputs": [(1, 5, 3)]}


def good():
    return torch_one(), torch_one(), {"inputs": [(1, 5, 3)]}
