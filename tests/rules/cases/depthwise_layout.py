"""(kh, kw, channels, multiplier) in Keras, (channels * multiplier, 1, kh, kw) in PyTorch."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, torch_net


def torch_one():
    return torch_net(nn().Conv2d(3, 6, 3, groups=3))


def bad():
    return keras_net(PIXELS, layers().DepthwiseConv2D(3, depth_multiplier=2)), torch_one(), {"right_inputs": [IMAGE]}


def good():
    return torch_one(), torch_one(), {"inputs": [IMAGE]}
