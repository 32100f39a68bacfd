"""A ReLU in each of two branches, and one before both."""

from tests.rules.models import module, nn

INPUTS = {"inputs": [(2, 4)]}


def parts():
    return {"left": nn().Linear(4, 3), "right": nn().Linear(4, 3)}


def apart():
    return module(parts() | {"one": nn().ReLU(), "other": nn().ReLU()}, _apart)


def _apart(self, x):
    return self.left(self.one(x)).sigmoid() * self.right(self.other(x))


def bad():
    once = module(parts() | {"one": nn().ReLU()}, _once)
    return apart(), once, INPUTS


def _once(self, x):
    found = self.one(x)
    return self.left(found).sigmoid() * self.right(found)


def good():
    return apart(), apart(), INPUTS
