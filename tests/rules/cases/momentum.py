"""0.99 of the old value in Keras, 0.1 of the new one in PyTorch by default."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, norm, torch_net


def nets(momentum):
    left = keras_net(PIXELS, layers().Conv2D(4, 3), layers().BatchNormalization())
    return left, torch_net(nn().Conv2d(3, 4, 3), norm(momentum=momentum)), {"right_inputs": [IMAGE]}


def bad():
    return nets(0.1)


def good():
    return nets(0.01)
