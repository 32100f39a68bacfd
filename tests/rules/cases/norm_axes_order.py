"""(h, w, c) in Keras, (c, h, w) in PyTorch."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, torch_net


def torch_one(epsilon=1e-3):
    return torch_net(nn().Conv2d(3, 3, 1), nn().LayerNorm((3, 8, 8), eps=epsilon))


def bad():
    left = keras_net(PIXELS, layers().Conv2D(3, 1), layers().LayerNormalization(axis=[1, 2, 3]))
    return left, torch_one(), {"right_inputs": [IMAGE]}


def good():
    return torch_one(), torch_one(), {"inputs": [IMAGE]}
