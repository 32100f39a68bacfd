"""A Lambda layer, whose code is never looked at, and a layer that says the same."""

from tests.rules.models import folder, keras_net, layers


def saved(*between):
    path = folder() / "net.keras"
    keras_net((8,), layers().Dense(4), *between, layers().Dense(2)).save(path)
    return path


def bad():
    return saved(layers().Lambda(lambda x: 2 * x)), saved(layers().Lambda(lambda x: 2 * x))


def good():
    return saved(layers().ReLU()), saved(layers().ReLU())
