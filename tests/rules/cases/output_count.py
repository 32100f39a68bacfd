"""Hidden values that only one side returns."""

from tests.rules.models import keras_model, layers


def net(*, hidden):
    start = layers().Input((8,))
    inner = layers().Dense(4)(start)
    last = layers().Dense(2)(inner)
    return keras_model(start, [last, inner] if hidden else [last])


def bad():
    return net(hidden=True), net(hidden=False)


def good():
    return net(hidden=True), net(hidden=True)
