"""A batch normalisation before its activation, or after it."""

from tests.rules.models import keras_model, layers, nn


def keras_one():
    start = layers().Input((9, 9, 3))
    made = layers().BatchNormalization(epsilon=1e-5, momentum=0.9)(layers().Conv2D(4, 3)(start))
    return keras_model(start, layers().Conv2D(4, 3)(layers().ReLU()(made)))


def torch_one(*, norm_first):
    middle = [nn().BatchNorm2d(4), nn().ReLU()]
    return nn().Sequential(nn().Conv2d(3, 4, 3), *(middle if norm_first else middle[::-1]), nn().Conv2d(4, 4, 3))


def bad():
    return keras_one(), torch_one(norm_first=False), {"right_inputs": [(1, 3, 9, 9)]}


def good():
    return keras_one(), torch_one(norm_first=True), {"right_inputs": [(1, 3, 9, 9)]}
