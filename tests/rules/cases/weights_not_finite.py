"""An infinity in a kernel."""

from tests.rules.models import changed, nn, seeded

SETTINGS = {"inputs": [(1, 8)], "rtol": 1e-5}


def net():
    return seeded(nn().Linear(8, 6))


def change(net):
    net[0].weight[1, 2] = float("inf")


def bad():
    return *changed(net(), change), SETTINGS


def good():
    return *changed(net()), SETTINGS
