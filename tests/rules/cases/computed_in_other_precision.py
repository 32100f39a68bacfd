"""A layer that computes in half precision, with variables of single precision, and one that does not."""

from tests.rules.models import keras_net, layers


def net(policy):
    return keras_net((8,), layers().Dense(4, dtype=policy), layers().Dense(2, dtype="float32"))


def bad():
    return net("mixed_float16"), net("float32")


def good():
    return net("mixed_float16"), net("mixed_float16")
