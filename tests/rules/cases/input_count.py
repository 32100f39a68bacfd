"""A second input that is not used."""

from tests.rules.models import module, nn


def one():
    return module({"fc": nn().Linear(8, 2)}, lambda self, x: self.fc(x))


def two():
    return module({"fc": nn().Linear(8, 2)}, lambda self, x, _: self.fc(x))


def bad():
    return one(), two(), {"left_inputs": [(1, 8)], "right_inputs": [(1, 8), (1, 4)]}


def good():
    return two(), two(), {"inputs": [(1, 8), (1, 4)]}
