"""Global pooling that keeps axes of one element."""

from tests.rules.models import PIXELS, keras_net, layers


def net(*, keeps):
    return keras_net(PIXELS, layers().Conv2D(4, 3), layers().GlobalAveragePooling2D(keepdims=keeps))


def bad():
    return net(keeps=True), net(keeps=False)


def good():
    return net(keeps=True), net(keeps=True)
