"""The fractional and the whole part of numbers, as exporters write them; sums with masks of nothing."""

import numpy as np
import pytest

import parity
from parity.kinds import Given, kind, marked_mask
from tests.rules.models import nn

NUMBERS = np.array([[-2.75, -2.0, -0.25, 0.0], [0.5, 1.0, 7.125, 3e9]], "float32")


def net(function):
    class Net(nn().Module):
        def forward(self, x):
            return function(x)

    return Net().eval()


PARTS = {
    "frac": lambda x: x.frac(),
    "left over": lambda x: x - x.trunc(),
    "of half": lambda x: (x * 0.5).frac() * 2,
    "fix": lambda x: x.fix(),
}


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_numbers_are_what_pytorch_says(name):
    import torch

    model, given = net(PARTS[name]), torch.from_numpy(NUMBERS)

    (found,) = parity.evaluate(model, [NUMBERS]).values()
    assert np.array_equal(model(given).numpy(), np.asarray(found, "float32"))


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("optimize", [True, False])
def test_an_export_of_parts_of_numbers_is_the_same(name, optimize, tmp_path):
    import torch

    model, path = net(PARTS[name]), tmp_path / "net.onnx"
    torch.onnx.export(model, (torch.from_numpy(NUMBERS),), path, dynamo=True, optimize=optimize, verbose=False)

    assert parity.compare(model, path, left_inputs=[NUMBERS.shape]).verdict == "equivalent"


def test_the_left_over_is_not_what_a_floor_leaves():
    report = parity.compare(net(PARTS["frac"]), net(lambda x: x - x.floor()), inputs=[NUMBERS.shape])

    assert report.verdict == "different"


@pytest.mark.parametrize("shape", [(1, 2, 4), (1, 1, 2, 4), (2, 4)])
def test_a_mask_that_blocks_nothing_may_add_axes(shape):
    given = Given(marked_mask("all", None), (NUMBERS,), (shape,), {})

    (made,) = kind("elementwise").compute(given)

    assert made.shape == shape
    assert np.array_equal(made, NUMBERS.reshape(shape))
