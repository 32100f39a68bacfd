"""Corners aligned, or not."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, torch_net


def nets(*, corners):
    left = keras_net(PIXELS, layers().UpSampling2D(2, interpolation="bilinear"))
    right = torch_net(nn().Upsample(scale_factor=2, mode="bilinear", align_corners=corners))
    return left, right, {"right_inputs": [IMAGE]}


def bad():
    return nets(corners=True)


def good():
    return nets(corners=False)
