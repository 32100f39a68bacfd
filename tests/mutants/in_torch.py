"""A design built in PyTorch, each module under the name of its step; images are channels first, sequences are not."""

from typing import Any

import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

from tests.mutants.designs import Design, Step

ACTIVATIONS = {
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "silu": nn.SiLU,
    "hard_silu": nn.Hardswish,
}
VECTOR, SEQUENCE, IMAGE = 2, 3, 4


class Recurrent(nn.Module):
    """A recurrent layer that gives what Keras' would: the whole sequence or the last step."""

    def __init__(self, made: nn.Module, *, sequences: bool) -> None:
        super().__init__()
        self.rnn, self.sequences = made, sequences

    def forward(self, x: Any) -> Any:
        every, last = self.rnn(x)
        if self.sequences:
            return every
        hidden = last[0] if isinstance(last, tuple) else last
        return torch.cat((hidden[-2], hidden[-1]), 1) if self.rnn.bidirectional else hidden[-1]


class Attention(nn.Module):
    """Self-attention."""

    def __init__(self, width: int, heads: int, *, bias: bool) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, bias=bias, batch_first=True)

    def forward(self, x: Any) -> Any:
        return self.attention(x, x, x, need_weights=False)[0]


class Turned(nn.Module):
    """A module for channels at the other end."""

    def __init__(self, made: nn.Module, there: tuple[int, ...], back: tuple[int, ...]) -> None:
        super().__init__()
        self.made, self.there, self.back = made, there, back

    def forward(self, x: Any) -> Any:
        return self.made(x.permute(self.there)).permute(self.back)


class Over(nn.Module):
    """The largest or mean value over the steps of a sequence."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, x: Any) -> Any:
        return x.amax(1) if self.kind == "max" else x.mean(1)


class Join(nn.Module):
    """Several values in one."""

    def __init__(self, op: str, axis: int) -> None:
        super().__init__()
        self.op, self.axis = op, axis

    def forward(self, *values: Any) -> Any:
        if self.op == "concat":
            return torch.cat(values, dim=self.axis)
        first, *rest = values
        for value in rest:
            first = first + value if self.op == "add" else first * value
        return first


class Network(nn.Module):
    """Runs the steps in order."""

    def __init__(self, design: Design) -> None:
        super().__init__()
        self.design = design
        value = dict(zip(design.inputs, examples(design), strict=True))
        self.layers = nn.ModuleDict()
        for step in design.steps:
            inputs = [value[name] for name in step.inputs]
            if not step.of:
                self.layers[step.name] = _module(step, inputs).eval().to(value_type(design))
                if step.frozen:
                    self.layers[step.name].requires_grad_(requires_grad=False)
            value[step.name] = self.run(step, inputs)

    def run(self, step: Step, inputs: list[Any]) -> Any:
        """The output of one step."""
        return self.layers[step.of or step.name](*inputs)

    def forward(self, *given: Any) -> Any:
        value = dict(zip(self.design.inputs, given, strict=True))
        for step in self.design.steps:
            value[step.name] = self.run(step, [value[name] for name in step.inputs])
        found = tuple(value[name] for name in self.design.outputs)
        return found if len(found) > 1 else found[0]


def build(design: Design) -> Network:
    """The model, in evaluation mode, with vectors as after training: exporters drop biases that hold zeros only.

    Raises:
        NotImplementedError: PyTorch has no such layer.
        RuntimeError: the sizes do not fit together.
    """
    network, generator = Network(design).eval(), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for value in (*network.parameters(), *network.buffers()):
            if value.dim() == 1 and value.is_floating_point():
                value.uniform_(0.5, 1.5, generator=generator)
    return network


def value_type(design: Design) -> torch.dtype:
    """The type of the model's numbers."""
    return getattr(torch, design.dtype)


def examples(design: Design) -> tuple[torch.Tensor, ...]:
    """Inputs of the right sizes."""
    made = []
    for sizes in design.inputs.values():
        if len(sizes) == 1:
            made.append(torch.zeros((1, *sizes), dtype=torch.int64))
        else:
            order = (sizes[-1], *sizes[:-1]) if len(sizes) == 3 else sizes
            made.append(torch.zeros((1, *order), dtype=value_type(design)))
    return tuple(made)


def _module(step: Step, inputs: list[Any]) -> nn.Module:
    x = inputs[0]
    image = x.ndim == IMAGE
    channels = x.shape[1 if image else -1]
    kind = step.settings.get("kind", "")
    whole = {"max": nn.AdaptiveMaxPool2d, "average": nn.AdaptiveAvgPool2d}.get(kind)

    def recurrent(one: Any) -> Any:
        def made(units: int, *, sequences: bool, both: bool, merge: str, reset_after: bool = True) -> nn.Module:
            if (both and merge != "concat") or not reset_after or x.ndim != SEQUENCE:
                raise NotImplementedError("a recurrent layer of that form")
            return Recurrent(one(channels, units, batch_first=True, bidirectional=both), sequences=sequences)

        return made

    def layer_norm(epsilon: float) -> nn.Module:
        made = nn.LayerNorm(channels, eps=epsilon)
        return Turned(made, (0, 2, 3, 1), (0, 3, 1, 2)) if image else made

    def join(axis: str = "channels") -> nn.Module:
        if axis == "first" and x.ndim == VECTOR:
            raise NotImplementedError("a vector has no other axis")
        return Join(step.op, {"channels": 2 if x.ndim == SEQUENCE else 1, "first": 2 if image else 1}[axis])

    makers = {
        "conv": lambda **known: _conv(channels, image=image, **known),
        "conv_transpose": lambda filters, size, **known: nn.ConvTranspose2d(channels, filters, size, **known),
        "dense": lambda units, bias: nn.Linear(channels, units, bias=bias),
        "embedding": nn.Embedding,
        "lstm": recurrent(nn.LSTM),
        "gru": recurrent(nn.GRU),
        "attention": lambda heads, width, bias: Attention(_equal(channels, width), heads, bias=bias),
        "norm": lambda epsilon, momentum, affine: nn.BatchNorm2d(
            channels, eps=epsilon, momentum=1 - momentum, affine=affine
        ),
        "layer_norm": layer_norm,
        "group_norm": lambda groups, epsilon: nn.GroupNorm(groups, channels, eps=epsilon),
        "pool": _pool,
        "global_pool": lambda **_: nn.Sequential(whole(1), nn.Flatten()) if image else Over(kind),
        "up": _up,
        "dropout": lambda rate: nn.Dropout(p=rate),
        "flatten": nn.Flatten,
        "softmax": lambda axis=-1: nn.Softmax(dim=axis),
        "add": join,
        "multiply": join,
        "concat": join,
        "act": lambda **known: _activation(known),
    }
    known = dict(step.settings)
    if step.op == "embedding":
        known = {"num_embeddings": known["vocabulary"], "embedding_dim": known["width"]}
    return makers[step.op](**known)


def _equal(channels: int, width: int) -> int:
    if channels != width:
        raise NotImplementedError("an attention of another width than its input")
    return width


def _up(factor: int, mode: str, *, corners: bool) -> nn.Module:
    if mode == "nearest" and corners:
        raise NotImplementedError("nearest neighbours have no corners")
    return nn.Upsample(scale_factor=factor, mode=mode, align_corners=corners if mode == "bilinear" else None)


def _conv(channels: int, filters: int, size: int, *, image: bool, **known: Any) -> nn.Module:
    (before, after), known["padding_mode"] = known.pop("padding"), known.pop("border")
    made = nn.Conv2d if image else nn.Conv1d
    conv = made(channels, filters, size, padding=before if before == after else 0, **known)
    if before != after:
        around = nn.ZeroPad2d((before, after, before, after)) if image else nn.ConstantPad1d((before, after), 0.0)
        conv = nn.Sequential(around, conv)
    return conv if image else Turned(conv, (0, 2, 1), (0, 2, 1))


def _pool(kind: str, size: int, stride: int, padding: int, *, counted: bool) -> nn.Module:
    if kind == "max":
        return nn.MaxPool2d(size, stride, padding)
    return nn.AvgPool2d(size, stride, padding, count_include_pad=counted)


def _activation(known: dict[str, Any]) -> nn.Module:
    match known["function"]:
        case "leaky_relu":
            return nn.LeakyReLU(known["slope"])
        case "elu":
            return nn.ELU(known["alpha"])
        case "gelu":
            return nn.GELU("tanh" if known["approximate"] else "none")
        case function:
            return ACTIVATIONS[function]()
