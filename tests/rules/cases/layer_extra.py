"""A normalisation that only the right has."""

from tests.rules.models import keras_net, layers


def net(*norms):
    return keras_net((8,), layers().Dense(4), *norms, layers().Dense(2))


def normalised():
    return net(layers().LayerNormalization())


def bad():
    return net(), normalised()


def good():
    return normalised(), normalised()
