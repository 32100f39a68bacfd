"""An operator that is not supported, in two frameworks and in one."""

from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, torch_net


def keras_one():
    return keras_net(PIXELS, layers().Conv2D(4, 3), layers().AutoContrast(), layers().Conv2D(2, 3))


def torch_one():
    import torch

    class Bessel(nn().Module):
        def forward(self, x):
            return torch.special.bessel_j0(x)

    return torch_net(nn().Conv2d(3, 4, 3), Bessel(), nn().Conv2d(4, 2, 3))


def bad():
    return keras_one(), torch_one(), {"right_inputs": [IMAGE]}


def good():
    return keras_one(), keras_one()
