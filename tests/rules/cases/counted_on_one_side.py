"""A buffer against a parameter that is not trained."""

from tests.rules.models import module, nn


def buffered():
    import torch

    made = module({"fc": nn().Linear(8, 4)}, lambda self, x: self.fc(x) + self.offset)
    made.register_buffer("offset", torch.ones(4))
    return made


def parametrised():
    import torch

    offset = torch.nn.Parameter(torch.ones(4), requires_grad=False)
    return module({"fc": nn().Linear(8, 4), "offset": offset}, lambda self, x: self.fc(x) + self.offset)


def bad():
    return buffered(), parametrised(), {"inputs": [(1, 8)]}


def good():
    return buffered(), buffered(), {"inputs": [(1, 8)]}
