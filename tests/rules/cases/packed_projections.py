"""One linear layer that makes queries and keys, cut apart after it, and a layer for each."""

from tests.rules.models import module, nn

INPUTS = {"inputs": [(2, 5, 4)]}


def packed():
    import torch

    def forward(self, x):
        query, key = torch.split(self.both(x), 3, dim=-1)
        return query.sigmoid() * key

    return module({"both": nn().Linear(4, 6)}, forward)


def separate():
    parts = {"query": nn().Linear(4, 3), "key": nn().Linear(4, 3)}
    return module(parts, lambda self, x: self.query(x).sigmoid() * self.key(x))


def bad():
    return packed(), separate(), INPUTS


def good():
    return packed(), packed(), INPUTS
