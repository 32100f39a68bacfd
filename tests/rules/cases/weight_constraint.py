"""A kernel that is clipped after each step, and one that is not."""

from tests.rules.models import keras_net, layers


def net(**settings):
    return keras_net((8,), layers().Dense(2, **settings))


def bad():
    return net(kernel_constraint="non_neg"), net()


def good():
    return net(kernel_constraint="non_neg"), net(kernel_constraint="non_neg")
