"""An operator that parity has no formula of, after the output and before it."""

from parity.outputs import Asked
from tests.rules.models import PIXELS, keras_net, layers


def nets(*stack):
    model = keras_net(PIXELS, layers().Conv2D(4, 3), *stack)
    return model, model, {"asked": Asked(outputs=True)}


def bad():
    return nets(layers().AutoContrast())


def good():
    return nets(layers().ReLU())
