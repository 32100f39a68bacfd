"""Moving statistics are weights in Keras and buffers in PyTorch."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, norm, torch_net


def keras_one():
    return keras_net(PIXELS, layers().Conv2D(4, 3), layers().BatchNormalization())


def torch_one():
    return torch_net(nn().Conv2d(3, 4, 3), norm())


def bad():
    return keras_one(), torch_one(), {"right_inputs": [IMAGE]}


def good():
    return torch_one(), torch_one(), {"inputs": [IMAGE]}
