"""Sequences of any length against five steps."""

from tests.rules.models import keras_net, layers


def net(steps):
    return keras_net((steps, 3), layers().LSTM(2))


def bad():
    return net(None), net(5)


def good():
    return net(5), net(5)
