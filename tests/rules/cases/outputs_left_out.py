"""An auxiliary head of one side that nobody asks about."""

from parity.alignment import OutputChoice
from tests.rules.models import keras_model, layers


def net(*, auxiliary):
    start = layers().Input((8,))
    inner = layers().Dense(4, name="inner")(start)
    last = layers().Dense(2, name="scores")(inner)
    return keras_model(start, [last, layers().Dense(3, name="auxiliary")(inner)] if auxiliary else last)


def bad():
    return net(auxiliary=True), net(auxiliary=False), {"choice": OutputChoice(only=("scores",))}


def good():
    return net(auxiliary=False), net(auxiliary=False)
