"""``F.dropout`` without ``training=self.training`` is on after ``eval()``, too."""

from tests.rules.models import module, nn


def net(*, always):
    import torch

    def forward(self, x):
        return self.last(torch.nn.functional.dropout(self.first(x), 0.5, training=always or self.training))

    return module({"first": nn().Linear(8, 4), "last": nn().Linear(4, 2)}, forward)


def bad():
    return net(always=True), net(always=False), {"inputs": [(1, 8)]}


def good():
    return net(always=False), net(always=False), {"inputs": [(1, 8)]}
