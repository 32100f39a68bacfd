"""Layers of somebody's own, which parity is not to look into."""

import torch


class RMSNorm(torch.nn.Module):
    """By the root of the mean square."""

    def __init__(self, size: int, epsilon: float) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.scale = torch.nn.Parameter(torch.linspace(0.5, 1.5, size))

    def forward(self, value):
        return value / (value.pow(2).mean(-1, keepdim=True) + self.epsilon).sqrt() * self.scale


def net(size: int = 6, epsilon: float = 1e-5):
    """A dense layer before, and one after."""
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, size), RMSNorm(size, epsilon), torch.nn.Linear(size, 2)).eval()


def twin(size: int = 6, epsilon: float = 1e-5):
    """The same of PyTorch's own layers."""
    made = net(size, epsilon)
    norm = torch.nn.RMSNorm(size, epsilon)
    norm.weight = made[1].scale
    return torch.nn.Sequential(made[0], norm, made[2])
