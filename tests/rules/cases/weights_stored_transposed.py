"""A projection that is the embedding, of which an exporter stores a transposed copy, and one of its own."""

from tests.rules.models import onnx_export, words_net

WORDS = {"left_inputs": [((1, 5), "int64")]}


def pair(*, tied):
    model = words_net(tied=tied)
    return model, onnx_export(model, (1, 5), dtypes=("int64",)), WORDS


def bad():
    return pair(tied=True)


def good():
    return pair(tied=False)
