"""A penalty on what a layer gives, and none."""

from tests.rules.models import keras_net, layers


def net(**settings):
    return keras_net((8,), layers().Dense(2, **settings))


def bad():
    return net(activity_regularizer="l2"), net()


def good():
    return net(activity_regularizer="l2"), net(activity_regularizer="l2")
