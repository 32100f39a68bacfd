"""A layer that is called twice, and once."""

from tests.rules.models import module, nn


def net(*, twice):
    parts = {"first": nn().Linear(8, 8), "last": nn().Linear(8, 2)}

    def forward(self, x):
        x = self.first(x)
        return self.last(self.first(x) if twice else x)

    return module(parts, forward)


def bad():
    return net(twice=False), net(twice=True), {"inputs": [(1, 8)]}


def good():
    return net(twice=True), net(twice=True), {"inputs": [(1, 8)]}
