"""What PyTorch has one call for, and its exporters write as many: the same model, and never one that does otherwise."""

import copy
import random
import warnings
from types import MappingProxyType

import pytest

import parity
from parity.reports import Verdict
from tests.balance import causeless, remainders

IMAGE, ODD, WORDS = (2, 3, 8, 8), (2, 3, 7, 7), (2, 6, 8)


def stacked(x, dim):
    import torch

    return torch.stack([x, x.relu(), x.tanh()], dim)


def functions():
    import torch
    from torch.nn import functional as F  # noqa: N812  as PyTorch's own documents call it

    def split(x):
        first, second = x.split([1, 3], 1)
        return torch.cat([first.relu(), second.sigmoid()], 1)

    def centred(x):
        return (x - x.mean((2, 3), keepdim=True)) / (x.std((2, 3), keepdim=True) + 1e-5)

    def merged(x):
        parts = (x[:, :, a::2, b::2] for b in (0, 1) for a in (0, 1))
        return torch.cat(list(parts), 1)

    return {
        "adaptive average": (ODD, lambda x: F.adaptive_avg_pool2d(x, (3, 3)), ("dynamo",)),
        "angle": (WORDS, lambda x: torch.atan2(x, x.abs() + 1)),
        "blocks to channels": (IMAGE, lambda x: F.pixel_unshuffle(x, 2)),
        "bounds": (WORDS, lambda x: x.clamp(-1.0, 2.0)),
        "channels shuffled": (IMAGE, lambda x: F.channel_shuffle(x, 2), ("dynamo",)),
        "columns": (IMAGE, lambda x: F.unfold(x, 2, stride=2)),
        "cosine": (WORDS, lambda x: F.cosine_similarity(x, x.relu() + 1, dim=-1), ("dynamo",)),
        "deviation": (WORDS, lambda x: x.std(-1)),
        "gate": (WORDS, lambda x: F.glu(x, -1)),
        "gate of channels": (IMAGE, lambda x: F.glu(x, 1)),
        "inverse root": (WORDS, lambda x: torch.rsqrt(x.abs() + 1)),
        "log of sigmoid": (WORDS, lambda x: F.logsigmoid(x) + F.tanhshrink(x), ("dynamo",)),
        "mean and deviation": (IMAGE, lambda x: torch.cat([x.mean((2, 3)), x.std((2, 3))], 1)),
        "norm by hand": (IMAGE, centred),
        "ones and zeros": (WORDS, lambda x: F.one_hot(x.argmax(-1), 8).float() * x),
        "pad round": (IMAGE, lambda x: F.pad(x, (1, 1, 2, 2), mode="circular")),
        "parts": (IMAGE, split),
        "patches merged": (IMAGE, merged),
        "remainder": (WORDS, lambda x: torch.remainder(x, 2.0)),
        "roll": (IMAGE, lambda x: torch.roll(x, (1, 2), (2, 3))),
        "rows": (WORDS, lambda x: x[:, [0, 2, 4]]),
        "sorted": (WORDS, lambda x: x.sort(-1)[0]),
        "stack in front": (WORDS, lambda x: stacked(x, 0).sum(0)),
        "stack inside": (WORDS, lambda x: stacked(x, 1).mean(1)),
        "stack at the end": (WORDS, lambda x: stacked(x, -1).flatten(2)),
        "threshold": (WORDS, lambda x: F.threshold(x, 0.1, 20.0), ("dynamo",)),
        "unbound": (WORDS, lambda x: sum(each * at for at, each in enumerate(x.unbind(1), 1))),
        "variance": (WORDS, lambda x: x.var(1, unbiased=False)),
    }


def others():
    """The same with something else in it, by the name of what they are compared to."""
    import torch
    from torch.nn import functional as F  # noqa: N812  as PyTorch's own documents call it

    return {
        "adaptive average": lambda x: F.adaptive_avg_pool2d(x.flip(2), (3, 3)),
        "angle": lambda x: torch.atan2(x.abs() + 1, x),
        "blocks to channels": lambda x: F.pixel_unshuffle(x.transpose(2, 3), 2),
        "bounds": lambda x: x.clamp(-1.0, 2.001),
        "channels shuffled": lambda x: F.channel_shuffle(x, 4),
        "columns": lambda x: F.unfold(x, 2, stride=2).flip(1),
        "deviation": lambda x: x.std(-1, unbiased=False),
        "inverse root": lambda x: torch.rsqrt(x.abs() + 1.0001),
        "mean and deviation": lambda x: torch.cat([x.std((2, 3)), x.mean((2, 3))], 1),
        "norm by hand": lambda x: (x - x.mean((2, 3), keepdim=True)) / (x.std((2, 3), keepdim=True) + 1e-6),
        "ones and zeros": lambda x: F.one_hot(x.argmin(-1), 8).float() * x,
        "pad round": lambda x: F.pad(x, (1, 1, 2, 2), mode="reflect"),
        "remainder": lambda x: torch.fmod(x, 2.0),
        "roll": lambda x: torch.roll(x, (2, 1), (2, 3)),
        "rows": lambda x: x[:, [0, 2, 5]],
        "sorted": lambda x: x.sort(-1, descending=True)[0],
        "stack inside": lambda x: stacked(x, 1).sum(1),
        "stack at the end": lambda x: stacked(x, 1).transpose(1, 2).flatten(2),
        "threshold": lambda x: F.threshold(x, 0.1001, 20.0),
        "unbound": lambda x: sum(each * (6 - at) for at, each in enumerate(x.unbind(1))),
        "variance": lambda x: x.var(1),
    }


EXPORTERS = MappingProxyType(
    {
        "dynamo": {"dynamo": True, "verbose": False, "optimize": False},
        "script": {"dynamo": False},
    }
)


def net(shape, function):
    """A layer with weights, and what is made of its output."""
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv2d(3, 4, 3, padding=1) if len(shape) == len(IMAGE) else nn.Linear(8, 8)

        def forward(self, x):
            return function(self.first(x))

    torch.manual_seed(0)
    return Net().eval()


def exported(model, shape, exporter, path):
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(copy.deepcopy(model), (torch.zeros(shape),), path, **EXPORTERS[exporter])
    return path


def cases():
    for name, (_, _, *only) in functions().items():
        for exporter in only[0] if only else EXPORTERS:
            yield name, exporter


def compared(model, file, shape):
    import torch

    return parity.compare(model, file, left_inputs=[torch.zeros(shape)])


@pytest.mark.parametrize(("name", "exporter"), list(cases()))
def test_one_function_in_other_words(name, exporter, tmp_path):
    shape, function, *_ = functions()[name]
    model = net(shape, function)

    report = compared(model, exported(model, shape, exporter, tmp_path / "net.onnx"), shape)

    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}
    assert causeless(report) == []


@pytest.mark.parametrize("name", list(others()))
def test_another_function(name, tmp_path):
    shape, function, *only = functions()[name]
    model, other = net(shape, function), net(shape, others()[name])

    file = exported(other, shape, "dynamo" if only else "script", tmp_path / "net.onnx")
    report = compared(model, file, shape)

    assert report.verdict is not Verdict.EQUIVALENT


RARE = ("at zero", "at a half", "beyond a thousand", "fewer digits", "half the digits", "where nothing varies")


def rare():
    """Pairs that differ for few numbers only, or by little."""
    import torch

    return {
        "at zero": (lambda x: x * 2, lambda x: torch.where(x == 0, x + 1, x * 2)),
        "at a half": (lambda x: x * 2, lambda x: torch.where(x == 0.5, x + 1, x * 2)),
        "beyond a thousand": (lambda x: x * 2, lambda x: torch.where(x > 1000, x + 1, x * 2)),
        "fewer digits": (lambda x: x * 2, lambda x: x.to(torch.bfloat16).float() * 2),
        "half the digits": (lambda x: x * 2, lambda x: x.half().float() * 2),
        "where nothing varies": (lambda x: x.mean(-1) % x.mean(-1), lambda x: x.var(-1) % x.var(-1)),
    }


@pytest.mark.parametrize("name", RARE)
def test_what_differs_seldom(name, tmp_path):
    function, other = rare()[name]

    file = exported(net(WORDS, other), WORDS, "script", tmp_path / "net.onnx")

    assert compared(net(WORDS, function), file, WORDS).verdict is not Verdict.EQUIVALENT


def test_no_function_passes_for_any_other(tmp_path):
    """Pairs drawn at random of all functions that take and give the same shapes."""
    import torch

    files, groups = {}, {}
    for name, (shape, function, *only) in functions().items():
        model = net(shape, function)
        files[name] = model, exported(model, shape, "dynamo" if only else "script", tmp_path / f"{name}.onnx")
        groups.setdefault((shape, tuple(model(torch.zeros(shape)).shape)), []).append(name)
    pairs = [(a, b) for group in groups.values() for a in group for b in group if a != b]
    drawn_pairs = random.Random(0).sample(pairs, 60)  # noqa: S311  nothing secret
    for a, b in drawn_pairs:
        shape = functions()[a][0]
        drawn = torch.randn(shape) * 3
        assert not torch.allclose(files[a][0](drawn).double(), files[b][0](drawn).double()), (a, b)
        assert compared(files[a][0], files[b][1], shape).verdict is not Verdict.EQUIVALENT, (a, b)


KERAS = (
    *("bounds", "causal attention", "choice", "inverse root", "log of sigmoid", "norm", "normalised", "products"),
    *("remainder", "roll", "root mean square", "shrinking", "sparse", "square plus"),
)


def keras_functions():
    """Each with another one of which the export must not pass for it."""
    from keras import layers, ops

    return {
        "bounds": (lambda x: ops.clip(x, -1.0, 2.0), lambda x: ops.clip(x, -1.0, 2.001)),
        "causal attention": (lambda x: attend(x, causal=True), lambda x: attend(x, causal=False)),
        "choice": (lambda x: ops.where(x > 0, x, x * 0.1), lambda x: ops.where(x > 0.001, x, x * 0.1)),
        "inverse root": (lambda x: ops.rsqrt(ops.abs(x) + 1), lambda x: ops.rsqrt(ops.abs(x) + 1.0001)),
        "log of sigmoid": (ops.log_sigmoid, lambda x: -ops.softplus(x)),
        "norm": (lambda x: ops.norm(x, axis=-1), lambda x: ops.norm(x, axis=-1, ord=1)),
        "normalised": (lambda x: ops.normalize(x, axis=-1), lambda x: ops.normalize(x, axis=1)),
        "products": (lambda x: ops.einsum("bij,bkj->bik", x, x), lambda x: ops.einsum("bij,bkj->bki", x, -x)),
        "remainder": (lambda x: x % 2.0, lambda x: x % 3.0),
        "roll": (lambda x: ops.roll(x, 1, 1), lambda x: ops.roll(x, 2, 1)),
        "root mean square": (layers.RMSNormalization(), layers.RMSNormalization(epsilon=1e-3)),
        "shrinking": (ops.soft_shrink, lambda x: ops.soft_shrink(x, 0.501)),
        "sparse": (ops.sparse_plus, ops.sparse_sigmoid),
        "square plus": (ops.squareplus, lambda x: ops.squareplus(x, b=4.01)),
    }


def attend(x, *, causal):
    from keras import layers

    return layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=causal)


def keras_net(function):
    import keras

    keras.utils.clear_session()
    given = keras.Input(WORDS[1:])
    return keras.Model(given, function(keras.layers.Dense(8, name="first")(given)))


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("name", KERAS)
def test_what_tensorflow_writes(name, same, tmp_path):
    from tests.test_onnx_exports_of_keras import export

    function, other = keras_functions()[name]
    export(keras_net(function if same else other), tmp_path / "net.onnx")
    keras_net(function).save(tmp_path / "net.keras")

    report = parity.compare(tmp_path / "net.keras", tmp_path / "net.onnx")

    assert (report.verdict is Verdict.EQUIVALENT) is same
    assert remainders(report) == {}


def in_keras(function):
    import numpy as np
    import torch

    return lambda x: torch.from_numpy(np.asarray(function(x.numpy())))


def test_formulas_are_those_of_the_frameworks():
    """Each formula in numpy against the real function, on numbers from tiny to large."""
    import numpy as np
    import torch
    from keras import ops
    from torch.nn import functional as F  # noqa: N812  as PyTorch's own documents call it

    from parity.kinds.activation._compute import activated

    theirs = {
        "relu": (torch.relu, {}),
        "relu6": (F.relu6, {}),
        "clip": (lambda x: x.clamp(-1, 2), {"low": -1, "high": 2}),
        "sigmoid": (torch.sigmoid, {}),
        "tanh": (torch.tanh, {}),
        "exp": (torch.exp, {}),
        "softplus": (lambda x: F.softplus(x, 2.0, 1e9), {"beta": 2.0}),
        "log_sigmoid": (F.logsigmoid, {}),
        "silu": (F.silu, {}),
        "mish": (F.mish, {}),
        "leaky_relu": (lambda x: F.leaky_relu(x, 0.2), {"negative_slope": 0.2}),
        "elu": (lambda x: F.elu(x, 0.7), {"alpha": 0.7}),
        "celu": (lambda x: F.celu(x, 0.7), {"alpha": 0.7}),
        "selu": (F.selu, {}),
        "hard_sigmoid": (F.hardsigmoid, {}),
        "hard_silu": (F.hardswish, {}),
        "hard_shrink": (lambda x: F.hardshrink(x, 0.4), {"threshold": 0.4}),
        "soft_shrink": (lambda x: F.softshrink(x, 0.4), {"threshold": 0.4}),
        "threshold": (lambda x: F.threshold(x, 0.1, 20.0), {"threshold": 0.1, "value": 20.0}),
        "squareplus": (in_keras(ops.squareplus), {"beta": 4.0}),
        "sparse_plus": (in_keras(ops.sparse_plus), {}),
        "sparse_sigmoid": (in_keras(ops.sparse_sigmoid), {}),
        "softmax": (lambda x: x.softmax(1), {"axis": 1}),
        "log_softmax": (lambda x: x.log_softmax(1), {"axis": 1}),
    }
    for scale in (1e-6, 1e-2, 1.0, 10.0):
        drawn = torch.randn(3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * scale
        for name, (function, settings) in theirs.items():
            made = activated(drawn.numpy(), name, settings)
            np.testing.assert_allclose(made, function(drawn).numpy(), rtol=1e-9, atol=1e-12, err_msg=name)
