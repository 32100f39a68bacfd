"""Other starts; and one start under two names."""

from tests.rules.models import keras_net, layers


def net(**settings):
    return keras_net((8,), layers().Dense(2, **settings))


def bad():
    return net(), net(kernel_initializer="he_normal")


def good():
    import keras

    return net(), net(kernel_initializer=keras.initializers.VarianceScaling(1.0, "fan_avg", "uniform"))
