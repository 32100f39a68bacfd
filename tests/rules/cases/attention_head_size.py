"""Keras' key_dim is the size of one head, PyTorch's embed_dim that of all."""

from tests.rules.models import keras_model, layers, module, nn


def nets(*, size):
    start = layers().Input((6, 32))
    left = keras_model(start, layers().MultiHeadAttention(4, key_dim=size)(start, start))
    parts = {"attend": nn().MultiheadAttention(32, 4, batch_first=True)}
    right = module(parts, lambda self, x: self.attend(x, x, x, need_weights=False)[0])
    return left, right, {"right_inputs": [(2, 6, 32)]}


def bad():
    return nets(size=32)


def good():
    return nets(size=8)
