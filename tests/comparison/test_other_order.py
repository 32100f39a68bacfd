"""A value that one side has with its axes in another order, or an axis of one element elsewhere, is the same value.

Where a layer between differs for good, so that no computing shows the whole to be the same, that layer alone is told.
"""

import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

import parity
from parity.reports import Verdict

PLACES, HEADS, WIDTH = 6, 3, 4
TABLE = torch.linspace(0.5, 2.0, PLACES * WIDTH).reshape(PLACES, 1, WIDTH)


class Net(nn.Module):
    """Heads that are normalised, multiplied by a table of places, and joined."""

    def __init__(self, body, heads=HEADS, epsilon=1e-5):
        super().__init__()
        torch.manual_seed(1)
        self.first, self.last = nn.Linear(WIDTH, heads * WIDTH), nn.Linear(heads * WIDTH, 2)
        self.norm, self.body, self.heads = nn.LayerNorm(WIDTH, epsilon), body, heads
        for weight in self.parameters():
            nn.init.normal_(weight, 0.5, 0.2)

    def forward(self, x):
        return self.last(self.body(self, self.first(x)).flatten(2))


def places_first(net, x, table=TABLE):
    x = net.norm(x.unflatten(-1, (net.heads, WIDTH)))
    return torch.relu(x * table)


def heads_first(net, x, table=TABLE):
    x = net.norm(x.unflatten(-1, (net.heads, WIDTH)).transpose(1, 2))
    return torch.relu(x * table.transpose(0, 1)).transpose(1, 2)


def one_head_first(net, x, table=TABLE):
    x = net.norm(x.unsqueeze(1))
    return torch.relu(x * table.transpose(0, 1)).squeeze(1).unsqueeze(2)


def real(report):
    return {finding.rule for finding, severity in report.findings if severity.value == "error"}


def compared(left, right):
    return parity.compare(left.eval(), right.eval(), inputs=(torch.randn(2, PLACES, WIDTH),), verify="auto")


@pytest.mark.parametrize(("body", "heads"), [(heads_first, HEADS), (one_head_first, 1)])
def test_axes_in_another_order_are_no_difference(body, heads):
    assert compared(Net(places_first, heads), Net(body, heads)).verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize(("body", "heads"), [(heads_first, HEADS), (one_head_first, 1)])
def test_a_setting_between_is_told_alone(body, heads):
    report = compared(Net(places_first, heads), Net(body, heads, epsilon=1e-2))

    assert report.verdict is Verdict.DIFFERENT
    assert real(report) == {"norm-epsilon"}, report


@pytest.mark.parametrize("epsilon", [1e-5, 1e-2])
@pytest.mark.parametrize(("body", "heads"), [(heads_first, HEADS), (one_head_first, 1)])
def test_other_numbers_along_the_axes_are_told_too(body, heads, epsilon):
    def changed(net, x):
        table = TABLE.clone()
        table[2, 0, 1] += 0.5
        return body(net, x, table)

    report = compared(Net(places_first, heads), Net(changed, heads, epsilon=epsilon))

    assert report.verdict is Verdict.DIFFERENT
    assert real(report) - {"norm-epsilon"}, report


SQUARE = torch.linspace(0.5, 2.0, PLACES * PLACES).reshape(PLACES, PLACES)


@pytest.mark.parametrize("epsilon", [1e-5, 1e-2])
def test_equal_numbers_along_axes_that_are_turned_are_another_model(epsilon):
    """The table is the same on both sides, and multiplies other elements."""

    class Square(nn.Module):
        def __init__(self, epsilon, *, turned):
            super().__init__()
            self.norm, self.turned = nn.LayerNorm(3, epsilon), turned

        def forward(self, x):
            if not self.turned:
                return self.norm(x) * SQUARE[..., None]
            return (self.norm(x.transpose(1, 2)) * SQUARE[..., None]).transpose(1, 2)

    inputs = (torch.randn(2, PLACES, PLACES, 3),)
    left, right = Square(1e-5, turned=False).eval(), Square(epsilon, turned=True).eval()

    report = parity.compare(left, right, inputs=inputs)

    assert report.verdict is Verdict.DIFFERENT
    assert real(report) - {"norm-epsilon"}, report


def test_what_is_never_turned_back_is_told():
    class Turned(nn.Module):
        def __init__(self, *, turned, epsilon=1e-5):
            super().__init__()
            self.norm, self.turned = nn.LayerNorm(4, epsilon), turned

        def forward(self, x):
            return torch.relu(self.norm(x.transpose(1, 2) if self.turned else x))

    inputs = (torch.randn(2, 5, 5, 4),)

    for epsilon in (1e-5, 1e-2):
        report = parity.compare(Turned(turned=False).eval(), Turned(turned=True, epsilon=epsilon).eval(), inputs=inputs)
        assert report.verdict is Verdict.DIFFERENT
        assert real(report) - {"norm-epsilon"}, report
