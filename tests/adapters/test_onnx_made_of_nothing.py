"""What PyTorch's exporter has computed of no parameter is no parameter, and what it has computed of one is."""

# ruff: noqa: ARG005  a table of functions of one signature

import warnings

import pytest

import parity
from parity.adapters import read
from parity.graph import Census


def made():
    """Arrays that a program makes of sizes and numbers alone, and what is done with them."""
    import torch

    return {
        "ones": lambda s, x: torch.logaddexp(x, torch.ones(2, 3)),
        "zeros": lambda s, x: torch.cat([x, torch.zeros(2, 3)], 1),
        "full": lambda s, x: x * torch.full((2, 3), 0.5).exp(),
        "range": lambda s, x: x + torch.arange(3.0).sqrt(),
        "like": lambda s, x: torch.stack([x, torch.ones_like(x)]),
    }


def computed():
    """The same of a parameter, which may be called as such a call is."""
    import torch

    return {
        "exp": lambda s, x: x * s.scale.exp(),
        "ones": lambda s, x: torch.logaddexp(x, s.scale * torch.ones(2, 3)),
        "zeros": lambda s, x: torch.cat([x, s.scale + torch.zeros(2, 3)], 1),
    }


def net(function):
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.scale = torch.nn.Parameter(torch.randn(3))

        def forward(self, x):
            return function(self, x)

    return Net().eval()


def exported(model, path):
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (torch.zeros(2, 3),), path, dynamo=True, verbose=False)
    return path


@pytest.mark.parametrize("name", made())
def test_arrays_that_a_program_makes_are_constants(name, tmp_path):
    model = net(made()[name])
    del model.scale
    path = exported(model, tmp_path / "net.onnx")

    assert {each.census for each in read(path).weights.values()} <= {Census.CONSTANT}
    assert parity.compare(model, path, left_inputs=[(2, 3)]).verdict == "equivalent"


@pytest.mark.parametrize("name", computed())
def test_what_is_computed_of_a_parameter_is_one(name, tmp_path):
    path = exported(net(computed()[name]), tmp_path / "net.onnx")

    assert Census.TRAINABLE in {each.census for each in read(path).weights.values()}
