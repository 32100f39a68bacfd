"""A last window that is only partly inside."""

from tests.rules.models import nn, torch_net


def nets(*, up):
    return torch_net(nn().MaxPool2d(2, 2, ceil_mode=True)), torch_net(nn().MaxPool2d(2, 2, ceil_mode=up)), SIZES


SIZES = {"inputs": [(1, 3, 9, 9)]}


def bad():
    return nets(up=False)


def good():
    return nets(up=True)
