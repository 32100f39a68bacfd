"""The same two inputs, listed the other way round."""

from tests.rules.models import keras_model, layers


def net(*, swapped):
    first, second = layers().Input((8,)), layers().Input((4,))
    joined = layers().Add()([layers().Dense(3)(first), layers().Dense(3)(second)])
    return keras_model([second, first] if swapped else [first, second], joined)


def bad():
    return net(swapped=False), net(swapped=True)


def good():
    return net(swapped=True), net(swapped=True)
