"""Another stride."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, torch_net


def nets(stride):
    left = keras_net(PIXELS, layers().Conv2D(4, 3), layers().GlobalAveragePooling2D(), layers().Dense(2))
    pool = (nn().AdaptiveAvgPool2d(1), nn().Flatten())
    return left, torch_net(nn().Conv2d(3, 4, 3, stride), *pool, nn().Linear(4, 2)), {"right_inputs": [IMAGE]}


def bad():
    return nets(2)


def good():
    return nets(1)
