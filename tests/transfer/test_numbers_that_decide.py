"""What the structure leaves open and a few numbers decide, one way or the other."""

from importlib import import_module

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


def test_another_epsilon_in_the_numbers_is_a_difference_with_both_epsilons():
    net = with_norm()
    file = file_of(*folded(net, 1e-1))

    report = parity.compare(net, file, left_inputs=INPUTS)

    assert report.verdict is Verdict.DIFFERENT
    assert [(each.rule, each.left_value, each.right_value) for each, _ in report.findings if "fold" in each.rule] == [
        ("batch-norm-folded", net[1].eps, 0.1)
    ]
    assert verdict(net, file, weights=True) is Verdict.DIFFERENT
    assert verdict(net, file, numbers=False) is Verdict.INCONCLUSIVE


def test_numbers_of_another_model_tell_no_epsilon():
    net, other = with_norm(), with_norm()
    for each in other.parameters():
        each.data = each.data * 1.5 + 0.1

    assert verdict(net, file_of(*folded(other, 1e-3))) is Verdict.INCONCLUSIVE


@pytest.fixture(scope="module")
def merged_statistics(tmp_path_factory):
    """Keras' normalisation with an epsilon, its export in which a product and a sum are left of it, and others."""
    import keras

    def net(epsilon):
        model = keras.Sequential([keras.Input((6,)), keras.layers.BatchNormalization(epsilon=epsilon)])
        rng = np.random.default_rng(0)
        model.set_weights([rng.uniform(0.5, 1.5, each.shape) for each in model.get_weights()])
        model(np.ones((1, 6), "float32"))
        path = tmp_path_factory.mktemp("merged") / "net.onnx"
        model.export(path, format="onnx", verbose=False)
        return model, path

    return {epsilon: net(epsilon) for epsilon in (1e-3, 1e-5)}


def test_merged_statistics_tell_the_epsilon_that_they_were_computed_with(merged_statistics):
    (one, same), (_, other) = merged_statistics.values()

    report = parity.compare(one, same)
    assert report.verdict is Verdict.EQUIVALENT, report
    assert "batch-norm-merged-statistics" in {each.rule for each, _ in report.findings}
    report = parity.compare(one, other)
    found = [each for each, _ in report.findings if each.rule == "batch-norm-merged-statistics"]
    assert report.verdict is Verdict.DIFFERENT
    assert [(each.left_value, each.right_value) for each in found] == [(1e-3, 1e-5)]
    assert report.ledger.remainder == 0


def test_merged_statistics_whose_numbers_are_not_read_leave_the_epsilon_open(merged_statistics):
    left, right = merged_statistics[1e-3]

    assert parity.compare(left, right, numbers=False).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_an_epsilon_is_told_as_far_as_rounding_leaves_it(size):
    from parity.transfer._epsilon import solved

    rng = np.random.default_rng(0)
    kernel, variance = rng.normal(size=(16, 5)), size * rng.uniform(0.5, 1.5, 16)
    gamma = rng.normal(size=16)
    made = (kernel * (gamma / np.sqrt(variance + 1e-3))[:, None]).astype("float32").astype("float64")

    told = solved(kernel, made, variance, gamma, 1e-6)

    assert told is not None
    assert told.is_(1e-3)
    assert told.is_(1e-5) is (size == 1e4)  # a variance that large hides both


def test_what_is_no_multiple_of_the_kernel_tells_no_epsilon():
    from parity.transfer._epsilon import solved

    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(4, 5))

    assert solved(kernel, kernel + 0.01 * rng.normal(size=(4, 5)), np.ones(4), np.ones(4), 1e-6) is None
    assert solved(kernel, kernel * rng.uniform(0.1, 0.9, (4, 1)), np.ones(4), np.ones(4), 1e-6) is None


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
    monkeypatch.setattr(import_module("parity.pairing.regions"), "MOST_READ", 100)

    assert verdict(net, file) is Verdict.INCONCLUSIVE
