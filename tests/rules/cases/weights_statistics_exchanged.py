"""Mean and variance exchanged."""

from tests.rules.models import changed, nn, seeded

SETTINGS = {"inputs": [(1, 6, 8, 8)], "rtol": 1e-5}


def net():
    return seeded(nn().BatchNorm2d(6))


def change(net):
    mean, variance = net[0].running_mean.clone(), net[0].running_var.clone()
    net[0].running_mean.copy_(variance)
    net[0].running_var.copy_(mean)


def bad():
    return *changed(net(), change), SETTINGS


def good():
    return *changed(net()), SETTINGS
