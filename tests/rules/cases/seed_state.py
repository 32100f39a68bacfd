"""The seed of a random change of images, which no exporter keeps."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, onnx_export, torch_net


def keras_one():
    return keras_net(PIXELS, layers().RandomFlip("horizontal"), layers().Conv2D(4, 3))


def bad():
    return keras_one(), onnx_export(torch_net(nn().Conv2d(3, 4, 3)), IMAGE)


def good():
    return keras_one(), keras_one()
