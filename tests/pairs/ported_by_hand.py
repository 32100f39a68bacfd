"""EfficientNet-B0 and ResNet-50 in PyTorch as people port them from Keras, with the mistakes that they make."""

from itertools import pairwise

import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

BLOCKS = (
    # width, depth, kernel, stride, expansion: the table of the paper (arXiv:1905.11946)
    (16, 1, 3, 1, 1),
    (24, 2, 3, 2, 6),
    (40, 2, 5, 2, 6),
    (80, 3, 3, 2, 6),
    (112, 3, 5, 1, 6),
    (192, 4, 5, 2, 6),
    (320, 1, 3, 1, 6),
)


def convolution(inside, outside, kernel, stride=1, groups=1, activation=nn.SiLU):
    """A convolution, padded alike on both sides, its BatchNorm with PyTorch's defaults, and an activation."""
    parts = [
        nn.Conv2d(inside, outside, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outside),
    ]
    return nn.Sequential(*parts, *([activation()] if activation else []))


class SqueezeExcite(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.reduce, self.expand = nn.Conv2d(channels, squeezed, 1), nn.Conv2d(squeezed, channels, 1)

    def forward(self, x):
        scale = x.mean((2, 3), keepdim=True)
        return x * torch.sigmoid(self.expand(nn.functional.silu(self.reduce(scale))))


class InvertedResidual(nn.Module):
    """Without stochastic depth."""

    def __init__(self, inside, outside, kernel, stride, expansion):
        super().__init__()
        hidden = inside * expansion
        expand = [convolution(inside, hidden, 1)] if expansion > 1 else []
        self.body = nn.Sequential(
            *expand,
            convolution(hidden, hidden, kernel, stride, groups=hidden),
            SqueezeExcite(hidden, inside // 4),
            convolution(hidden, outside, 1, activation=None),
        )
        self.residual = stride == 1 and inside == outside

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


class EfficientNet(nn.Module):
    """Of ``keras.applications.EfficientNetB0``: other epsilon, padding, dropout rate and activation of the stem."""

    def __init__(self):
        super().__init__()
        widths = (32, *(width for width, *_ in BLOCKS))
        blocks = []
        for (inside, outside), (_, depth, kernel, stride, expansion) in zip(pairwise(widths), BLOCKS, strict=True):
            blocks.append(InvertedResidual(inside, outside, kernel, stride, expansion))
            blocks += [InvertedResidual(outside, outside, kernel, 1, expansion) for _ in range(depth - 1)]
        self.stem = convolution(3, 32, 3, 2, activation=nn.ReLU)
        self.blocks = nn.Sequential(*blocks)
        self.top = convolution(320, 1280, 1)
        self.dropout = nn.Dropout(0.5)
        self.classifier = nn.Linear(1280, 1000)

    def forward(self, image):
        x = self.top(self.blocks(self.stem(image)))
        return self.classifier(self.dropout(x.mean((2, 3))))


class Bottleneck(nn.Module):
    """Strides in its 3x3 convolution, as torchvision has it; Keras strides in the first 1x1."""

    def __init__(self, inside, width, stride):
        super().__init__()
        self.body = nn.Sequential(
            convolution(inside, width, 1, activation=nn.ReLU),
            convolution(width, width, 3, stride, activation=nn.ReLU),
            convolution(width, 4 * width, 1, activation=None),
        )
        changes = stride > 1 or inside != 4 * width
        self.shortcut = convolution(inside, 4 * width, 1, stride, activation=None) if changes else nn.Identity()

    def forward(self, x):
        return torch.relu(self.body(x) + self.shortcut(x))


class ResNet(nn.Module):
    """Of ``keras.applications.ResNet50``: no biases, other epsilon, other place of strides."""

    def __init__(self):
        super().__init__()
        blocks, inside = [], 64
        for width, depth, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
            blocks.append(Bottleneck(inside, width, stride))
            blocks += [Bottleneck(4 * width, width, 1) for _ in range(depth - 1)]
            inside = 4 * width
        self.stem = convolution(3, 64, 7, 2, activation=nn.ReLU)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(2048, 1000)

    def forward(self, image):
        x = self.blocks(self.pool(self.stem(image)))
        return self.fc(x.mean((2, 3)))
