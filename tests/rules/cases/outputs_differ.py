"""Two models of one design with weights of their own, and with the same ones."""

from parity.outputs import Asked
from tests.rules.models import keras_net, layers


def nets(*, same):
    left, right = (keras_net((6,), layers().Dense(4, activation="relu"), layers().Dense(3)) for _ in range(2))
    if same:
        right.set_weights(left.get_weights())
    return left, right, {"asked": Asked(outputs=True)}


def bad():
    return nets(same=False)


def good():
    return nets(same=True)
