"""A kernel that convolves instead of correlating."""

from tests.rules.models import changed, nn, seeded

SETTINGS = {"inputs": [(1, 3, 8, 8)], "rtol": 1e-5}


def net():
    return seeded(nn().Conv2d(3, 4, 3))


def change(net):
    net[0].weight.copy_(net[0].weight.flip(2, 3))


def bad():
    return *changed(net(), change), SETTINGS


def good():
    return *changed(net()), SETTINGS
