"""The parts of a stored matrix that are multiplied by are as many layers; what is used twice or not stays."""

# ruff: noqa: ARG005  a table of functions of one signature

import numpy as np
import pytest

import parity
from parity.adapters import read
from parity.kinds import translate
from parity.passes import normalise
from tests.rules.models import nn


def net(function):
    import torch

    class Net(nn().Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.matrix, self.row = (torch.nn.Parameter(torch.randn(*sizes)) for sizes in ((9, 3), (9,)))

        def forward(self, x, y):
            return function(self, x, y)

    return Net().eval()


def linear(x, kernel, bias=None):
    from torch.nn import functional as F  # noqa: N812  as PyTorch's own documents call it

    return F.linear(x, kernel, bias)


def uneven(s, x, y):
    (q, kv), (b, c) = s.matrix.split([3, 6]), s.row.split([3, 6])
    return linear(x, q, b), linear(y, kv, c)


def thirds(s, x, y):
    q, k, v = s.matrix.chunk(3)
    return linear(x, q) @ linear(y, k).transpose(1, 2) @ linear(y, v)


def factors(s, x, y):
    a, b = s.matrix.t().split([4, 5], 1)
    return x @ a, y @ b


def sliced(s, x, y):
    return linear(x, s.matrix[:2], s.row[:2]), linear(y, s.matrix[2:], s.row[2:])


SPLIT = {"uneven": (uneven, 2), "thirds": (thirds, 3), "sliced": (sliced, 2)}
KEPT = {
    "twice": lambda s, x, y: (linear(x, s.matrix[:3]), linear(y, s.matrix[2:])),
    "not all": lambda s, x, y: (linear(x, s.matrix[:3]), linear(y, s.matrix[3:6])),
    "as a value": lambda s, x, y: (linear(x, s.matrix[:3]), s.matrix[3:]),
    "whole, too": lambda s, x, y: (linear(x, s.matrix[:3]), linear(y, s.matrix[3:]), linear(y, s.matrix)),
    "every other": lambda s, x, y: (linear(x, s.matrix[::2]), linear(y, s.matrix[1::2])),
}
INPUTS = [(2, 4, 3), (2, 4, 3)]


def layers(model):
    return normalise(translate(read(model, INPUTS)))


@pytest.mark.parametrize("name", SPLIT)
def test_parts_are_layers_of_their_own(name):
    function, count = SPLIT[name]

    graph = layers(net(function))

    dense = [layer for layer in graph.layers if layer.kind == "dense"]
    assert len(dense) == count
    assert sum(layer.weight("kernel").numel for layer in dense) == 27
    assert not any(layer.kind in {"slice", "opaque"} for layer in graph.layers)


@pytest.mark.parametrize("name", KEPT)
def test_other_parts_stay(name):
    graph = layers(net(KEPT[name]))

    assert sum(layer.kind == "slice" for layer in graph.layers) >= 1
    assert {each.name for each in graph.weights if "matrix" in each.name} == {"matrix"}


@pytest.mark.parametrize("name", [*SPLIT, *KEPT])
def test_what_is_computed_stays_and_elements_are_counted_once(name):
    import torch

    model = net(SPLIT[name][0] if name in SPLIT else KEPT[name])
    arrays = [np.random.default_rng(0).standard_normal(shape).astype("float32") for shape in INPUTS]

    found = parity.evaluate(model, arrays)
    made = model(*map(torch.from_numpy, arrays))

    for one, other in zip(found.values(), made if isinstance(made, tuple) else (made,), strict=True):
        assert np.allclose(one, other.detach().numpy(), atol=1e-5)
    assert parity.summary(model, inputs=INPUTS).side.headline.total == 36
    assert parity.compare(model, model, inputs=INPUTS).verdict == "equivalent"


@pytest.mark.parametrize("name", SPLIT)
def test_parts_in_another_order_are_another_model(name):
    function = SPLIT[name][0]

    report = parity.compare(net(function), net(lambda s, x, y: function(s, y, x)), inputs=INPUTS)

    assert report.verdict == "different"
