"""A projection that is the embedding, or a copy of its size."""

from tests.rules.models import words_net

WORDS = {"inputs": [((1, 5), "int64")]}


def bad():
    return words_net(tied=True), words_net(tied=False), WORDS


def good():
    return words_net(tied=True), words_net(tied=True), WORDS
