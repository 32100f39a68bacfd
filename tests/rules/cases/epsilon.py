"""0.001 in Keras, 0.00001 in PyTorch by default."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, norm, torch_net


def nets(epsilon):
    left = keras_net(PIXELS, layers().Conv2D(4, 3), layers().BatchNormalization())
    return left, torch_net(nn().Conv2d(3, 4, 3), norm(eps=epsilon)), {"right_inputs": [IMAGE]}


def bad():
    return nets(1e-5)


def good():
    return nets(1e-3)
