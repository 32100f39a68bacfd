"""TensorFlow leaves the border out, PyTorch counts it."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, torch_net


def nets(*, counted):
    left = keras_net(PIXELS, layers().AveragePooling2D(3, 1, "same"))
    return left, torch_net(nn().AvgPool2d(3, 1, 1, count_include_pad=counted)), {"right_inputs": [IMAGE]}


def bad():
    return nets(counted=True)


def good():
    return nets(counted=False)
