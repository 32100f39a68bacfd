"""The odd pixel of a border, before or after."""

from tests.rules.models import IMAGE, nn, torch_net


def net(before, after):
    return torch_net(nn().ZeroPad2d((before, after, before, after)), nn().Conv2d(3, 4, 4, 2))


def nets(before, after):
    return net(0, 1), net(before, after), {"inputs": [IMAGE]}


def bad():
    return nets(1, 0)


def good():
    return nets(0, 1)
