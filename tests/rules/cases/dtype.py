"""Half precision against single precision."""

from tests.rules.models import keras_net, layers, nn, torch_net


def nets(dtype):
    import torch

    left = keras_net((8,), layers().Dense(2))
    right = torch_net(nn().Linear(8, 2)).to(getattr(torch, dtype))
    return left, right, {"right_inputs": [((1, 8), dtype)]}


def bad():
    return nets("float16")


def good():
    return nets("float32")
