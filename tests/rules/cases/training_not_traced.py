"""Code that drops whole samples in training, which leaves no trace; and a layer that PyTorch has for it."""

from tests.rules.models import module, nn


def net(*, hidden):
    import torch

    def forward(self, x):
        made = self.layer(x)
        if not hidden:
            return x + torch.nn.functional.dropout(made, 0.2, self.training)
        return x + (made * (torch.rand(len(x), 1) > 0.2) / 0.8 if self.training else made)

    return module({"layer": nn().Linear(4, 4)}, forward)


def bad():
    return net(hidden=True), net(hidden=True), {"inputs": [(2, 4)], "profile": "train"}


def good():
    return net(hidden=False), net(hidden=False), {"inputs": [(2, 4)], "profile": "train"}
