"""The GRU of the paper and that of cuDNN."""

from tests.rules.models import keras_net, layers, module, nn


def nets(*, after):
    left = keras_net((6, 5), layers().GRU(4, return_sequences=True, reset_after=after))
    right = module({"gru": nn().GRU(5, 4, batch_first=True)}, lambda self, x: self.gru(x)[0])
    return left, right, {"right_inputs": [(1, 6, 5)]}


def bad():
    return nets(after=False)


def good():
    return nets(after=True)
