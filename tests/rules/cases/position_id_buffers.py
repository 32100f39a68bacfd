"""Places in a buffer, and places that are made as they are needed."""

from tests.rules.models import module, nn

WORDS = {"inputs": [((1, 6), "int64")]}


def net(*, kept):
    import torch

    parts = {"words": nn().Embedding(11, 4), "places": nn().Embedding(6, 4)}
    if kept:
        made = module(parts, lambda self, x: self.words(x) + self.places(self.position_ids))
        made.register_buffer("position_ids", torch.arange(6)[None])
        return made
    return module(parts, lambda self, x: self.words(x) + self.places(torch.arange(6)[None]))


def bad():
    return net(kept=True), net(kept=False), WORDS


def good():
    return net(kept=True), net(kept=True), WORDS
