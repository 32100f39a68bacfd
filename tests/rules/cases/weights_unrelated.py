"""Two models from two seeds."""

from tests.rules.models import changed, nn, seeded

SETTINGS = {"inputs": [(1, 8)], "rtol": 1e-5}


def net():
    return seeded(nn().Linear(8, 6))


def change(net):
    import torch

    net[0].weight.copy_(torch.rand(6, 8, generator=torch.Generator().manual_seed(7)) ** 2)


def bad():
    return *changed(net(), change), SETTINGS


def good():
    return *changed(net()), SETTINGS
