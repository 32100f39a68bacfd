"""Images from 0 to 255 in Keras, from -0.5 to 0.5 in PyTorch."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, torch_net


def keras_one(*before):
    return keras_net(PIXELS, *before, layers().Conv2D(4, 3))


def torch_one():
    return torch_net(nn().Conv2d(3, 4, 3))


def bad():
    return keras_one(layers().Rescaling(1 / 255, -0.5)), torch_one(), {"right_inputs": [IMAGE]}


def good():
    return keras_one(), torch_one(), {"right_inputs": [IMAGE]}
