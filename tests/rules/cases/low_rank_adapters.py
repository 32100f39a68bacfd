"""Two layers with adapters beside frozen kernels, scaled by 1 and by 4."""

from tests.rules.models import keras_net, layers


def net(alpha):
    made = keras_net((8,), layers().Dense(6))
    made.layers[0].enable_lora(2, lora_alpha=alpha)
    return made


def bad():
    return net(2), net(8)


def good():
    return net(2), net(2)
