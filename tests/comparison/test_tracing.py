"""Axes of one size are told apart by how they are made: cubes, on which no shape tells the difference."""

import numpy as np
import pytest

import parity

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

N = 4
CUBE = (N, N, N)
IMAGE = (N, N, N, N)


class Fn(nn.Module):
    def __init__(self, function, *modules):
        super().__init__()
        self.function, self.parts = function, nn.ModuleList(modules)

    def forward(self, x):
        return self.function(x, *self.parts)


def built(parts):
    torch.manual_seed(0)
    function, *modules = parts
    return Fn(function, *(module() for module in modules)).eval()


def compared(left, right, shape):
    """What both give with the same weights, and what is said of them."""
    torch.manual_seed(1)
    x = torch.randn(shape)
    one, other = built(left), built(right)
    with torch.no_grad():
        a, b = one(x), other(x)
    same = a.shape == b.shape and torch.allclose(a.double(), b.double(), atol=1e-5)
    return same, parity.compare(one, other, inputs=[shape]).verdict.value


def linear(size=N):
    return lambda: nn.Linear(size, size)


def conv(*, wide=False):
    return lambda: nn.Conv2d(N, N, (1, 3) if wide else 3, padding=(0, 1) if wide else 1)


def flat(order, after, *modules):
    """A convolution whose result is flattened with its axes in an order, and what reads it."""
    return (
        lambda x, c, *rest: after(c(x).relu().permute(order).flatten(1), *rest),
        lambda: nn.Conv2d(N, N, 1),
        *modules,
    )


FIRST, LAST = (0, 1, 2, 3), (0, 2, 3, 1)
READERS = {
    "roll": (lambda y: y.roll(1, 1),),
    "sort": (lambda y: y.sort(1).indices.float(),),
    "top k": (lambda y: y.topk(3, 1).indices.float(),),
    "one": (lambda y: y[:, 5],),
    "some": (lambda y: y.index_select(1, torch.tensor([0, 7, 9])),),
    "reversed": (lambda y: y.flip(1),),
    "softmax": (lambda y: y.softmax(1),),
    "halves": (lambda y: y[:, : 8 * N] * y[:, 8 * N :],),
    "pooled": (lambda y: F.max_pool1d(y[:, None], 4),),
    "channels again": (lambda y, n: n(y.view(-1, N, N, N)), lambda: nn.InstanceNorm2d(N)),
    "a convolution": (lambda y, c: c(y.view(-1, N, N, N)), conv()),
    "steps": (lambda y, r: r(y.view(-1, N * N, N))[0], lambda: nn.GRU(N, 3, batch_first=True)),
    "a part of the columns": (lambda y, a: a(y[:, : N * N]), linear(N * N)),
    "a norm of groups": (lambda y, n: n(y), lambda: nn.GroupNorm(N, N**3)),
    "heads": (lambda y, a: a(y.view(-1, N * N, N)), linear()),
    "differences": (lambda y: y[:, 1:] - y[:, :-1],),
    "running sums": (lambda y: y.cumsum(1),),
    "its own copy in the other order": (
        lambda y, a: a(y) + y.view(-1, N, N * N).transpose(1, 2).flatten(1),
        linear(N**3),
    ),
}


@pytest.mark.parametrize("reader", READERS)
def test_another_order_is_no_conversion_where_places_are_read(reader):
    same, verdict = compared(flat(LAST, *READERS[reader]), flat(FIRST, *READERS[reader]), IMAGE)
    assert not same
    assert verdict == "different"


ABSORBED = {
    "linear": (lambda y, a: a(y), linear(N**3)),
    "activation and linear": (lambda y, a: a(y.tanh()), linear(N**3)),
    "dropout and linear": (lambda y, d, a: a(d(y)), lambda: nn.Dropout(0.5), linear(N**3)),
    "norm and linear": (lambda y, n, a: a(n(y)), lambda: nn.BatchNorm1d(N**3), linear(N**3)),
    "two readers": (lambda y, a, b: a(y) + b(y), linear(N**3), linear(N**3)),
    "a sum over all": (lambda y: y.sum(1),),
}


@pytest.mark.parametrize("reader", ABSORBED)
def test_another_order_is_a_conversion_where_weights_read_all(reader):
    _, verdict = compared(flat(LAST, *ABSORBED[reader]), flat(FIRST, *ABSORBED[reader]), IMAGE)
    assert verdict == "equivalent"


DIFFERENT = {
    "mean, turned": (CUBE, (lambda x, a: a(x).mean(1).T, linear()), (lambda x, a: a(x).mean(2), linear())),
    "sum, turned": (IMAGE, (lambda x: x.sum(1).transpose(1, 2),), (lambda x: x.sum(2),)),
    "maximum, turned": (IMAGE, (lambda x: x.amax(-1).permute(2, 0, 1),), (lambda x: x.amax(1),)),
    "place of the maximum": (CUBE, (lambda x: x.argmax(1).float().T,), (lambda x: x.argmax(2).float(),)),
    "variance, turned": (CUBE, (lambda x: x.var(0).T,), (lambda x: x.var(1),)),
    "one place, turned": (CUBE, (lambda x: x.select(1, 2).T,), (lambda x: x.select(2, 2),)),
    "another axis reduced": (CUBE, (lambda x: x.mean(1),), (lambda x: x.mean(2),)),
    "another axis reduced, before weights": (
        CUBE,
        (lambda x, a: a(x.mean(1)), linear()),
        (lambda x, a: a(x.mean(2)), linear()),
    ),
    "softmax": (CUBE, (lambda x, a: a(x).softmax(1), linear()), (lambda x, a: a(x).softmax(2), linear())),
    "running sums": (CUBE, (lambda x: x.cumsum(1),), (lambda x: x.cumsum(2),)),
    "a part": (CUBE, (lambda x: x[:, 1:],), (lambda x: x[:, :, 1:].transpose(1, 2),)),
    "concatenated": (
        CUBE,
        (lambda x: torch.cat((x, x.exp()), 1),),
        (lambda x: torch.cat((x, x.exp()), 2).transpose(1, 2),),
    ),
    "linear": (CUBE, (lambda x, a: a(x), linear()), (lambda x, a: a(x.mT).mT, linear())),
    "linear, turned before": (CUBE, (lambda x, a: a(x), linear()), (lambda x, a: a(x.mT), linear())),
    "linear, turned after": (CUBE, (lambda x, a: a(x), linear()), (lambda x, a: a(x).mT, linear())),
    "convolution over the other side": (IMAGE, (lambda x, c: c(x), conv()), (lambda x, c: c(x.mT).mT, conv())),
    "convolution over channels": (
        IMAGE,
        (lambda x, c: c(x), conv()),
        (lambda x, c: c(x.transpose(1, 2)).transpose(1, 2), conv()),
    ),
    "a wide convolution": (IMAGE, (lambda x, c: c(x), conv(wide=True)), (lambda x, c: c(x.mT).mT, conv(wide=True))),
    "norm of channels": (
        IMAGE,
        (lambda x, n: n(x), lambda: nn.GroupNorm(2, N)),
        (lambda x, n: n(x.mT.transpose(1, 2)).transpose(1, 2).mT, lambda: nn.GroupNorm(2, N)),
    ),
    "norm of the last axis": (
        CUBE,
        (lambda x, n: n(x) * x, lambda: nn.LayerNorm(N)),
        (lambda x, n: n(x.mT).mT * x, lambda: nn.LayerNorm(N)),
    ),
    "steps and samples": (
        CUBE,
        (lambda x, r: r(x)[0], lambda: nn.GRU(N, N, batch_first=True)),
        (lambda x, r: r(x)[0], lambda: nn.GRU(N, N)),
    ),
    "steps and features": (
        CUBE,
        (lambda x, r: r(x)[0], lambda: nn.RNN(N, N, batch_first=True)),
        (lambda x, r: r(x.mT)[0], lambda: nn.RNN(N, N, batch_first=True)),
    ),
    "attention over samples": (
        CUBE,
        (lambda x, a: a(x, x, x)[0], lambda: nn.MultiheadAttention(N, 2, batch_first=True)),
        (lambda x, a: a(x, x, x)[0], lambda: nn.MultiheadAttention(N, 2)),
    ),
    "scores": (CUBE, (lambda x: x @ x,), (lambda x: x.mT @ x,)),
    "scores of samples": (
        CUBE,
        (lambda x: (x @ x.mT).softmax(-1) @ x,),
        (lambda x: (x.transpose(0, 1) @ x.transpose(0, 1).mT).softmax(-1) @ x.transpose(0, 1),),
    ),
    "a sum of what is turned": (CUBE, (lambda x, a: a(x) + x, linear()), (lambda x, a: a(x) + x.mT, linear())),
    "pooled": (IMAGE, (lambda x: F.max_pool2d(x, (1, 2)),), (lambda x: F.max_pool2d(x.mT, (1, 2)),)),
    "padded": (CUBE, (lambda x: F.pad(x, (1, 0)),), (lambda x: F.pad(x.mT, (1, 0)),)),
    "repeated": (CUBE, (lambda x: x.repeat(1, 2, 1),), (lambda x: x.mT.repeat(1, 2, 1),)),
    "reshaped": (CUBE, (lambda x: x.reshape(N, -1),), (lambda x: x.mT.reshape(N, -1),)),
    "outputs": (CUBE, (lambda x: x.exp(),), (lambda x: x.exp().mT,)),
    "shuffled": (
        IMAGE,
        (lambda x: F.channel_shuffle(x, 2),),
        (lambda x: F.channel_shuffle(x.transpose(1, 2), 2).transpose(1, 2),),
    ),
}


@pytest.mark.parametrize("name", DIFFERENT)
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_same_along_another_axis_is_something_else(name, mirrored):
    shape, *sides = DIFFERENT[name]
    same, verdict = compared(*sides[:: -1 if mirrored else 1], shape)
    assert not same
    assert verdict == "different"


SAME = {
    "turned there and back": (CUBE, (lambda x, a: a(x).relu(), linear()), (lambda x, a: a(x).mT.relu().mT, linear())),
    "reduced after a turn": (CUBE, (lambda x: x.mean(1),), (lambda x: x.mT.mean(2),)),
    "softmax after a turn": (CUBE, (lambda x: x.softmax(1),), (lambda x: x.mT.softmax(2).mT,)),
    "a sum of what is turned": (CUBE, (lambda x, a: a(x) + x, linear()), (lambda x, a: (a(x).mT + x.mT).mT, linear())),
    "a part after a turn": (CUBE, (lambda x: x[:, 1:],), (lambda x: x.mT[:, :, 1:].mT,)),
    "all of it": (CUBE, (lambda x: x.sum((1, 2)),), (lambda x: x.mT.sum((1, 2)),)),
    "the other operand first": (CUBE, (lambda x, a: a(x) + x.exp(), linear()), (lambda x, a: x.exp() + a(x), linear())),
}


@pytest.mark.parametrize("name", SAME)
def test_a_turn_that_changes_nothing_is_no_difference(name):
    shape, *sides = SAME[name]
    same, verdict = compared(*sides, shape)
    assert same
    assert verdict == "equivalent"


def test_two_sides_of_one_framework_may_take_their_axes_in_another_order_where_sizes_say_so():
    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 5, 3)

        def forward(self, x):
            return self.conv(x.permute(0, 3, 1, 2)).mean((2, 3))

    class First(Last):
        def forward(self, x):
            return self.conv(x).mean((2, 3))

    report = parity.compare(Last(), First(), left_inputs=[(1, 8, 8, 3)], right_inputs=[(1, 3, 8, 8)])
    assert report.verdict.value == "equivalent"
    assert "input-layout" in {finding.rule for finding, _ in report.findings}


def test_the_report_names_both_axes():
    report = parity.compare(built((lambda x: x.mean(1),)), built((lambda x: x.mean(2),)), inputs=[CUBE])
    (finding,) = [finding for finding, severity in report.findings if severity == "error"]
    assert finding.rule == "layer-axes"
    assert finding.message == "it works along axis 1 of x on the left, along axis 2 of x on the right"


def test_axes_of_keras_are_followed_too():
    keras = pytest.importorskip("keras")
    x = keras.Input((N, N, N))
    left = keras.Model(x, keras.layers.Permute((2, 1))(keras.ops.max(x, axis=1)))
    right = keras.Model(x, keras.ops.max(x, axis=2))
    value = np.random.default_rng(0).standard_normal((2, N, N, N)).astype("float32")
    assert not np.allclose(left(value), right(value))
    assert parity.compare(left, right).verdict.value == "different"
    assert parity.compare(left, left).verdict.value == "equivalent"
