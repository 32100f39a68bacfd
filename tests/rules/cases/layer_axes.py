"""A mean over steps against one over features, of a square input."""

from tests.rules.models import module, nn


def net(axis):
    return module({"head": nn().Linear(6, 2)}, lambda net, x: net.head(x.exp().mean(axis)))


def bad():
    return net(1), net(2), {"inputs": [(1, 6, 6)]}


def good():
    return net(1), net(1), {"inputs": [(1, 6, 6)]}
