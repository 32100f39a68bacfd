"""A convolution with a bias before its batch normalisation, and one without, with the same moving mean and another."""

from tests.rules.models import nn, norm, seeded

SETTINGS = {"inputs": [(1, 3, 6, 6)], "rtol": 1e-5}


def pair(*, subtracted):
    import torch

    left = seeded(nn().Conv2d(3, 4, 3), norm(4))
    right = seeded(nn().Conv2d(3, 4, 3, bias=False), norm(4))
    right.load_state_dict({name: each for name, each in left.state_dict().items() if name != "0.bias"})
    with torch.no_grad():
        right[1].running_mean -= left[0].bias if subtracted else 0
    return left, right, SETTINGS


def bad():
    return pair(subtracted=False)


def good():
    return pair(subtracted=True)
