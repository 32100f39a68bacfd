"""A table that is stored as the kernel of a head would be, and one as embeddings are."""

from tests.rules.models import module, nn

WORDS = {"inputs": [((1, 5), "int64")]}


def turned():
    import torch

    made = module({"out": nn().Linear(8, 3)}, lambda self, x: self.out(nn().functional.embedding(x, self.table.t())))
    made.table = nn().Parameter(torch.ones(8, 50))
    return made


def usual():
    return module({"words": nn().Embedding(50, 8), "out": nn().Linear(8, 3)}, lambda self, x: self.out(self.words(x)))


def bad():
    return usual(), turned(), WORDS


def good():
    return usual(), usual(), WORDS
