"""A program that was exported before ``eval()``, and the network that it was exported from."""

from tests.rules.models import IMAGE, nn, norm, torch_net


def net():
    return torch_net(nn().Conv2d(3, 4, 3), norm(), nn().Dropout(0.5))


def exported(*, training):
    import torch

    return torch.export.export(net().train(training), (torch.zeros(IMAGE),))


def bad():
    return exported(training=True), net(), {"right_inputs": [IMAGE]}


def good():
    return exported(training=False), net(), {"right_inputs": [IMAGE]}
