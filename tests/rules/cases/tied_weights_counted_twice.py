"""A projection that is the embedding, or a copy of its size."""

from tests.rules.models import module, nn

WORDS = {"inputs": [((1, 5), "int64")]}


def net(*, tied):
    made = module(
        {"words": nn().Embedding(11, 4), "head": nn().Linear(4, 11, bias=False)},
        lambda self, x: self.head(self.words(x).relu()),
    )
    if tied:
        made.head.weight = made.words.weight
    return made


def bad():
    return net(tied=True), net(tied=False), WORDS


def good():
    return net(tied=True), net(tied=True), WORDS
