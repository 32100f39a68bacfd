"""A square kernel, transposed once too often."""

from tests.rules.models import changed, nn, seeded

SETTINGS = {"inputs": [(1, 8)], "rtol": 1e-5}


def net():
    return seeded(nn().Linear(8, 8))


def change(net):
    net[0].weight.copy_(net[0].weight.T.clone())


def bad():
    return *changed(net(), change), SETTINGS


def good():
    return *changed(net()), SETTINGS
