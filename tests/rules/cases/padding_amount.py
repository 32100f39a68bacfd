"""TensorFlow pads less at a stride."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, torch_net


def nets(*padding):
    left = keras_net(PIXELS, layers().Conv2D(4, 3, 2, "same"))
    return left, torch_net(*padding, nn().Conv2d(3, 4, 3, 2, 0 if padding else 1)), {"right_inputs": [IMAGE]}


def bad():
    return nets()


def good():
    return nets(nn().ZeroPad2d((0, 1, 0, 1)))
