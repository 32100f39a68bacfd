"""Layers that are fed from elsewhere, other outputs, and inputs in another order."""

import pytest

import parity
from parity.graph import Effect
from parity.reports import Verdict
from parity.rules import Severity
from tests.rules.models import keras_model, layers, module, nn


def keras_branches(*, order=(0, 1), outputs=(0, 1), axis=-1):
    start = layers().Input((6, 6, 3))
    ends = [layers().Conv2D(4, 3, padding="same")(start), layers().Conv2D(4, 5, padding="same")(start)]
    joined = layers().Concatenate(axis=axis)([ends[at] for at in order])
    both = [layers().Conv2D(2, 1)(joined), layers().Conv2D(7, 1)(joined)]
    return keras_model(start, [both[at] for at in outputs])


def torch_branches(*, order=(0, 1), outputs=(0, 1), dim=1):
    import torch

    def forward(self, x):
        ends = [self.conv1(x), self.conv2(x)]
        joined = torch.cat([ends[at] for at in order], dim=dim)
        both = [self.conv3(joined), self.conv4(joined)]
        return tuple(both[at] for at in outputs)

    width = 8 if dim == 1 else 4
    parts = {
        "conv1": nn().Conv2d(3, 4, 3, padding=1),
        "conv2": nn().Conv2d(3, 4, 5, padding=2),
        "conv3": nn().Conv2d(width, 2, 1),
        "conv4": nn().Conv2d(width, 7, 1),
    }
    return module(parts, forward)


IMAGE = {"right_inputs": [(1, 3, 6, 6)]}


def rewired(report):
    return [each for each, _ in report.findings if each.rule == "layer-rewired"]


def test_the_same_wiring():
    assert parity.compare(keras_branches(), torch_branches(), **IMAGE).verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize("make", [keras_branches, torch_branches])
def test_branches_joined_the_other_way_round(make):
    report = parity.compare(keras_branches(), make(order=(1, 0)), **(IMAGE if make is torch_branches else {}))

    (found,) = rewired(report)
    assert len(found.left_value) == len(found.right_value) == 2
    assert report.verdict is Verdict.DIFFERENT


@pytest.mark.parametrize("make", [keras_branches, torch_branches])
def test_outputs_returned_the_other_way_round(make):
    report = parity.compare(keras_branches(), make(outputs=(1, 0)), **(IMAGE if make is torch_branches else {}))

    assert rewired(report) == []  # their shapes tell which is which
    (found,) = [each for each, level in report.findings if level is Severity.ERROR]
    assert found.rule == "output-order"
    assert report.verdict is Verdict.DIFFERENT


def test_an_axis_is_compared_by_meaning():
    """The last axis of Keras is the second one of PyTorch; along the height is something else."""
    report = parity.compare(keras_branches(axis=1), torch_branches(dim=2), **IMAGE)
    assert report.verdict is Verdict.EQUIVALENT

    report = parity.compare(keras_branches(axis=1), torch_branches(dim=3), **IMAGE)
    axes = [(each.left_value, each.right_value) for each, _ in report.findings if each.attribute == "axis"]
    assert axes == [("H", "W")]


def test_another_output_of_the_same_layer():
    def net(*, last):
        def forward(self, x):
            sequence, (state, _) = self.lstm(x)
            return self.fc(state[-1] if last else sequence)

        return module({"lstm": nn().LSTM(3, 4, batch_first=True), "fc": nn().Linear(4, 2)}, forward)

    report = parity.compare(net(last=True), net(last=False), inputs=[(1, 5, 3)])

    (found,) = [each for each in rewired(report) if each.attribute is None]
    assert found.message == "fed by lstm (last state) on the left, by lstm (whole sequence) on the right"


def test_operands_of_a_sum_may_change_places_those_of_a_difference_not():
    def net(operation):
        return module({"a": nn().Linear(4, 4), "b": nn().Linear(4, 4)}, operation)

    inputs = {"inputs": [(1, 4)]}
    sums = net(lambda self, x: self.a(x) + self.b(x.relu())), net(lambda self, x: self.b(x.relu()) + self.a(x))
    differences = net(lambda self, x: self.a(x) - self.b(x.relu())), net(lambda self, x: self.b(x.relu()) - self.a(x))

    assert parity.compare(*sums, **inputs).verdict is Verdict.EQUIVALENT
    assert len(rewired(parity.compare(*differences, **inputs))) == 1


def test_inputs_that_are_used_alike_have_no_order():
    def net(order):
        first, second = layers().Input((4,)), layers().Input((4,))
        shared = layers().Dense(3)
        both = [first, second]
        return keras_model([both[at] for at in order], layers().Add()([shared(first), shared(second)]))

    assert parity.compare(net((0, 1)), net((1, 0))).verdict is Verdict.EQUIVALENT


def test_inputs_of_a_difference_have_an_order():
    def net(order):
        both = [layers().Input((4,)), layers().Input((4,))]
        return keras_model([both[at] for at in order], layers().Subtract()(both))

    report = parity.compare(net((0, 1)), net((1, 0)))

    assert report.verdict is Verdict.DIFFERENT


def test_an_input_more_is_one_finding():
    one = module({"fc": nn().Linear(4, 2)}, lambda self, x: self.fc(x))
    two = module({"fc": nn().Linear(4, 2)}, lambda self, x, _: self.fc(x))

    report = parity.compare(one, two, left_inputs=[(1, 4)], right_inputs=[(1, 4), (1, 3)])

    real = [each for each, _ in report.findings if each.effect in {Effect.INFERENCE, Effect.INTERFACE}]
    assert [each.rule for each in real if not each.caused_by] == ["input-count"]


def rotated(*, wrong=False):
    """Queries and keys, halves of which are turned by angles: four equal products, and then sums of two."""
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.q, self.k = nn.Linear(16, 16), nn.Linear(16, 16)
            angles = torch.arange(6)[:, None] * torch.arange(8)[None]
            self.register_buffer("cos", angles.cos())
            self.register_buffer("sin", angles.sin())

        def turned(self, x):
            one, other = x[..., ::2], x[..., 1::2]
            first = one * self.cos - other * self.sin
            second = one * self.sin + (one if wrong else other) * self.cos
            return torch.cat([first, second], -1)

        def forward(self, x):
            return self.turned(self.q(x)) @ self.turned(self.k(x)).transpose(1, 2)

    torch.manual_seed(0)
    return Net().eval()


@pytest.mark.parametrize("dynamo", [True, False])
def test_equal_products_are_paired_by_the_sums_that_they_are_in(dynamo, tmp_path):
    import torch

    net, path = rotated(), tmp_path / "net.onnx"
    torch.onnx.export(net, (torch.randn(2, 6, 16),), path, dynamo=dynamo)

    report = parity.compare(net, path, left_inputs=[(2, 6, 16)])
    assert report.verdict is Verdict.EQUIVALENT, report
    other = parity.compare(rotated(wrong=True), path, left_inputs=[(2, 6, 16)])
    assert other.verdict is Verdict.DIFFERENT
