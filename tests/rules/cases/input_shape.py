"""Images of another size."""

from tests.rules.models import keras_net, layers


def net(size):
    return keras_net((size, size, 3), layers().Conv2D(4, 3), layers().GlobalAveragePooling2D(), layers().Dense(2))


def bad():
    return net(8), net(10)


def good():
    return net(8), net(8)
