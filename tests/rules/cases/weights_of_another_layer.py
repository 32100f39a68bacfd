"""Two layers of the same shape exchanged."""

from tests.rules.models import changed, nn, seeded

SETTINGS = {"inputs": [(1, 8)], "rtol": 1e-5}


def net():
    return seeded(nn().Linear(8, 8), nn().ReLU(), nn().Linear(8, 8))


def change(net):
    first, second = net[0].weight.clone(), net[2].weight.clone()
    net[0].weight.copy_(second)
    net[2].weight.copy_(first)


def bad():
    return *changed(net(), change), SETTINGS


def good():
    return *changed(net()), SETTINGS
