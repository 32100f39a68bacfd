"""Designs that are written down in PyTorch here, as their papers describe them or their users port them."""

import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same


def vgg16():
    """Configuration D of Simonyan and Zisserman, as PyTorch's users know it."""
    plan, found, depth = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0), [], 3
    for width in plan:
        found += [nn.Conv2d(depth, width, 3, padding=1), nn.ReLU()] if width else [nn.MaxPool2d(2)]
        depth = width or depth
    head = [nn.AdaptiveAvgPool2d(7), nn.Flatten(), nn.Linear(25088, 4096), nn.ReLU(), nn.Dropout()]
    return nn.Sequential(*found, *head, nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 1000))


class Block(nn.Sequential):
    """Two convolutions of a U-Net."""

    def __init__(self, depth, width):
        super().__init__(
            *(nn.Conv2d(depth, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()),
            *(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()),
        )


class UNet(nn.Module):
    """A U-Net of two levels."""

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([Block(3, 8), Block(8, 16)])
        self.bottom = Block(16, 32)
        self.up = nn.ModuleList([nn.ConvTranspose2d(32, 16, 2, stride=2), nn.ConvTranspose2d(16, 8, 2, stride=2)])
        self.joined = nn.ModuleList([Block(32, 16), Block(16, 8)])
        self.mask = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        kept = []
        for block in self.down:
            x = block(x)
            kept.append(x)
            x = nn.functional.max_pool2d(x, 2)
        x = self.bottom(x)
        for up, block in zip(self.up, self.joined, strict=True):
            x = block(torch.cat([kept.pop(), up(x)], dim=1))
        return torch.sigmoid(self.mask(x))


class Generator(nn.Module):
    """DCGAN's generator."""

    def __init__(self):
        super().__init__()
        self.start = nn.Linear(16, 32 * 4 * 4, bias=False)
        up = []
        for depth, width in ((32, 16), (16, 8)):
            up += [nn.BatchNorm2d(depth), nn.LeakyReLU(0.2)]
            up += [nn.ConvTranspose2d(depth, width, 4, stride=2, padding=1, bias=False)]
        self.up = nn.Sequential(*up, nn.BatchNorm2d(8), nn.LeakyReLU(0.2))
        self.image = nn.ConvTranspose2d(8, 3, 4, stride=2, padding=1)

    def forward(self, noise):
        return torch.tanh(self.image(self.up(self.start(noise).view(-1, 32, 4, 4))))


class TextLSTM(nn.Module):
    """A tagger whose two bidirectional layers are one module."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(50, 16)
        self.steps = nn.LSTM(16, 12, num_layers=2, bidirectional=True, batch_first=True)
        self.drop = nn.Dropout(0.3)
        self.tags = nn.Linear(24, 7)

    def forward(self, words):
        return self.tags(self.drop(self.steps(self.words(words))[0]))


class SeriesGRU(nn.Module):
    """A forecaster from the last step of two GRU layers."""

    def __init__(self):
        super().__init__()
        self.steps = nn.GRU(4, 16, num_layers=2, batch_first=True)
        self.forecast = nn.Linear(16, 3)

    def forward(self, series):
        return self.forecast(self.steps(series)[0][:, -1])


class TwoTowers(nn.Module):
    """A retrieval model."""

    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList([nn.Embedding(100, 16), nn.Embedding(300, 16)])
        self.hidden = nn.ModuleList([nn.Linear(16, 24), nn.Linear(16, 24)])
        self.vectors = nn.ModuleList([nn.Linear(24, 8), nn.Linear(24, 8)])

    def forward(self, user, item):
        found = []
        for given, table, hidden, vector in zip((user, item), self.tables, self.hidden, self.vectors, strict=True):
            found.append(vector(torch.relu(hidden(table(given).mean(1)))))
        return (found[0] * found[1]).sum(-1, keepdim=True)
