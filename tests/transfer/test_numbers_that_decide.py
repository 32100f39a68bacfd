"""What the structure leaves open and a few numbers decide, one way or the other."""

import sys

import numpy as np
import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import nn, norm, onnx_model, torch_net

pytestmark = pytest.mark.filterwarnings("ignore")

INPUTS = [(1, 3, 6, 6)]


def with_norm():
    return torch_net(nn().Conv2d(3, 4, 3, bias=False), norm(4))


def folded(net, epsilon):
    """The kernel and bias of a convolution with the normalisation after it."""
    state = {name: each.numpy().astype("float64") for name, each in net.state_dict().items()}
    factor = state["1.weight"] / np.sqrt(state["1.running_var"] + epsilon)
    bias = state["1.bias"] - state["1.running_mean"] * factor
    return (state["0.weight"] * factor.reshape(-1, 1, 1, 1)).astype("float32"), bias.astype("float32")


def file_of(kernel, bias=None):
    """A convolution in ONNX, whose names tell nothing."""
    from onnx import helper

    stored = {"k": kernel} if bias is None else {"k": kernel, "b": bias}
    node = helper.make_node("Conv", ["x", *stored], ["y"], kernel_shape=[3, 3])
    return onnx_model([node], [("x", (1, 3, 6, 6))], [("y", (1, 4, 4, 4))], **stored)


def verdict(left, right, **more):
    return parity.compare(left, right, left_inputs=INPUTS, **more).verdict


def test_a_normalisation_that_was_computed_into_a_kernel_is_known_by_the_numbers():
    net = with_norm()
    file = file_of(*folded(net, 1e-3))

    assert verdict(net, file) is Verdict.EQUIVALENT
    assert verdict(net, file, weights=True) is Verdict.EQUIVALENT
    assert verdict(net, file, numbers=False) is Verdict.INCONCLUSIVE


def test_another_epsilon_in_the_numbers_is_no_proof_and_a_difference_of_weights():
    net = with_norm()
    file = file_of(*folded(net, 1e-1))

    assert verdict(net, file) is Verdict.INCONCLUSIVE
    assert verdict(net, file, weights=True) is Verdict.DIFFERENT


def test_a_bias_of_zeros_that_an_exporter_dropped_is_no_difference_and_any_other_is():
    import torch

    net = torch_net(nn().Conv2d(3, 4, 3))
    file = file_of(net[0].weight.detach().numpy())

    assert verdict(net, file) is Verdict.DIFFERENT
    with torch.no_grad():
        net[0].bias.zero_()
    assert verdict(net, file) is Verdict.EQUIVALENT


def test_a_bias_of_zeros_that_both_frameworks_would_train_is_a_difference_in_training_only():
    import torch

    with_bias, without = (torch_net(nn().Linear(6, 4, bias=bias)) for bias in (True, False))
    with torch.no_grad():
        with_bias[0].bias.zero_()
    asked = {"inputs": [(1, 6)]}

    assert parity.compare(with_bias, without, **asked).verdict is Verdict.DIFFERENT
    assert parity.compare(with_bias, without, profile="inference", **asked).verdict is Verdict.EQUIVALENT
    with torch.no_grad():
        with_bias[0].bias.fill_(1)
    assert parity.compare(with_bias, without, profile="inference", **asked).verdict is Verdict.DIFFERENT


def test_large_tensors_are_left_alone(monkeypatch):
    net = with_norm()
    file = file_of(*folded(net, 1e-3))
    monkeypatch.setattr("parity.transfer._deciding.MOST_READ", 100)
    monkeypatch.setattr(sys.modules["parity.pairing.regions"], "MOST_READ", 100)

    assert verdict(net, file) is Verdict.INCONCLUSIVE
