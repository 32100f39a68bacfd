"""Small PyTorch models that show what the readers must cope with."""

import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same


class Mixed(nn.Module):
    """Tied and frozen weights, a module called twice and one under two names, bare tensors, RNNs, several outputs."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.act = nn.ReLU(inplace=True)
        self.linear = nn.Linear(4, 4)
        self.tied = nn.Linear(4, 4, bias=False)
        self.tied.weight = self.linear.weight
        self.again = self.linear
        self.unused = nn.Linear(2, 2)
        self.lstm = nn.LSTM(4, 5, batch_first=True, bidirectional=True)
        self.attention = nn.MultiheadAttention(10, 2, batch_first=True)
        self.token = nn.Parameter(torch.randn(4))
        self.register_buffer("kept", torch.ones(4))
        self.register_buffer("passing", torch.ones(4), persistent=False)
        self.offset = torch.full((4,), 0.5)
        self.conv.requires_grad_(requires_grad=False)

    def forward(self, image):
        x = self.act(self.bn(self.conv(image))).mean((2, 3))
        x = self.act(self.linear(x))
        x = self.linear(x) + self.tied(x) * self.token + self.kept + self.passing + self.offset
        sequence, (hidden, _) = self.lstm(x[:, None, :].expand(-1, 3, -1))
        seen, _ = self.attention(sequence, sequence, sequence)
        return {"logits": seen, "more": (hidden, x)}


class Residual(nn.Module):
    """A block that is called twice, holds a parameter of its own and adds."""

    def __init__(self, width=4):
        super().__init__()
        self.linear = nn.Linear(width, width)
        self.scale = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x + torch.relu(self.linear(x)) * self.scale


class Repeated(nn.Module):
    """The same block, called twice."""

    def __init__(self):
        super().__init__()
        self.block = Residual()
        self.head = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=-1))

    def forward(self, x):
        return self.head(self.block(self.block(x)))


class Sized(nn.Module):
    """Computes with the batch size, and has a block without gradients."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.frozen = nn.Linear(4, 4)

    def forward(self, x):
        batch = x.shape[0]
        x = self.pool(self.conv(x)).reshape(batch, -1)
        with torch.no_grad():
            gate = self.frozen(x)
        return x * gate, batch


class Branching(nn.Module):
    """Cannot be exported: which branch is taken depends on the data."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 2)
        self.bn = nn.BatchNorm1d(2)
        self.calls = 0
        self.history = []

    def forward(self, x):
        self.calls += 1
        self.history.append(x)
        x = self.bn(self.linear(x))
        torch.rand(2)
        return x if x.sum() > 0 else -x
