"""A kernel as direction and length, and whole."""

from tests.rules.models import IMAGE, nn, torch_net


def normed():
    return torch_net(nn().utils.parametrizations.weight_norm(nn().Conv2d(3, 4, 3)))


def bad():
    return torch_net(nn().Conv2d(3, 4, 3)), normed(), {"inputs": [IMAGE]}


def good():
    return torch_net(nn().utils.weight_norm(nn().Conv2d(3, 4, 3))), normed(), {"inputs": [IMAGE]}
