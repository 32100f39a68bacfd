"""A head that is left over."""

from tests.rules.models import module, nn


def net(**heads):
    return module({"fc": nn().Linear(8, 2), **heads}, lambda self, x: self.fc(x))


def bad():
    return net(), net(old=nn().Linear(8, 3)), {"inputs": [(1, 8)]}


def good():
    return net(), net(), {"inputs": [(1, 8)]}
