"""No gradient into the first layer in PyTorch."""

from tests.rules.models import keras_model, layers, module, nn


def keras_one(*, stopped):
    import keras

    start = keras.Input((8,))
    hidden = layers().Dense(4)(start)
    return keras_model(start, layers().Dense(2)(keras.ops.stop_gradient(hidden) if stopped else hidden))


def torch_one():
    parts = {"first": nn().Linear(8, 4), "last": nn().Linear(4, 2)}
    return module(parts, lambda self, x: self.last(self.first(x).detach()))


def bad():
    return keras_one(stopped=False), torch_one(), {"right_inputs": [(1, 8)]}


def good():
    return keras_one(stopped=True), torch_one(), {"right_inputs": [(1, 8)]}
