"""Outputs of two shapes, returned the other way round."""

from tests.rules.models import keras_model, layers


def net(*, swapped):
    start = layers().Input((8,))
    ends = [layers().Dense(3)(start), layers().Dense(4)(start)]
    return keras_model(start, ends[::-1] if swapped else ends)


def bad():
    return net(swapped=False), net(swapped=True)


def good():
    return net(swapped=True), net(swapped=True)
