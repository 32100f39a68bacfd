"""Modules of somebody's own that are called, made or declared in other ways than is usual."""

from types import SimpleNamespace

import torch


class Literal(torch.nn.Module):
    """A norm whose epsilon stands in its code."""

    def __init__(self, size: int = 6) -> None:
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(size))

    def forward(self, value):
        return value / (value.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt() * self.scale


class Nested(torch.nn.Module):
    """One that has its weight and its setting in objects of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = Literal()
        self.config = SimpleNamespace(eps=1e-5)

    def forward(self, value):
        return self.inner(value)


class Looks(Literal):
    """One that looks at its data, so that torch.export refuses it."""

    def forward(self, value):
        return value if value.sum() > 1e9 else super().forward(value)


class Lacks(Literal):
    """One without the attribute that its declaration reads."""


class More(Literal):
    """One with a weight that its declaration does not name."""


class Two(Literal):
    """One that is called with two values."""

    def forward(self, value, more):
        return super().forward(value) + more


class Own(torch.nn.Module):
    """A dense layer without a bias."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel = torch.nn.Parameter(torch.ones(3, 6))

    def forward(self, value):
        return torch.einsum("bi,oi->bo", value, self.kernel)


class Snake(torch.nn.Module):
    """A layer of a kind of somebody's own."""

    def __init__(self, frequency: float = 2.0) -> None:
        super().__init__()
        self.frequency = frequency

    def forward(self, value):
        return value + torch.sin(self.frequency * value) ** 2 / self.frequency


@torch.library.custom_op("acme::snake", mutates_args=())
def snake(value: torch.Tensor, frequency: float) -> torch.Tensor:
    """The same as an operator."""
    return value + torch.sin(frequency * value) ** 2 / frequency


@snake.register_fake
def _(value, frequency):  # noqa: ARG001  it has the shape of what comes in
    return torch.empty_like(value)


class Operator(torch.nn.Module):
    """A model that calls it."""

    def forward(self, value):
        return snake(value, 2.0)


class Around(torch.nn.Module):
    """A model that calls a layer before and after a dense one."""

    def __init__(self, layer: torch.nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.dense = torch.nn.Linear(6, 6)

    def forward(self, value):
        return self.layer(self.dense(self.layer(value)))


class Beside(torch.nn.Module):
    """A model that hands a layer two values."""

    def __init__(self, layer: torch.nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.dense = torch.nn.Linear(6, 6)

    def forward(self, value):
        return self.layer(self.dense(value), value)
