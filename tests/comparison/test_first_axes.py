"""A first axis of one element stands for as many as it is combined with, and for no more where it is summed over."""

import pytest
import torch  # noqa: TID253  only tests of PyTorch import this

import parity
from parity.reports import Verdict
from tests.rules.models import module


def rows(count, function):
    """A module that makes so many rows of its input, and a function of these."""
    return module({}, lambda _, x: function(x.expand(count, 4, 2), x))


SEES = {
    "sum": lambda many, _: many.sum(),
    "sum of the first axis": lambda many, _: many.sum(0),
    "product": lambda many, _: many.exp().prod(0),
    "variance of all": lambda many, _: many.tanh().flatten().var(),
    "flat": lambda many, _: many.flatten().cumsum(0),
    "sum of a part": lambda many, _: many.relu()[:, :2].sum(0),
}
SEES_NOT = {
    "added to": lambda many, x: many + x.expand(3, 4, 2),
    "added to later": lambda many, x: many.relu() * 2 + x.exp().expand(3, 4, 2),
    "multiplied with": lambda many, x: many.exp() * x.expand(3, 4, 2),
}


def compared(left, right, function):
    sizes = [(4, 2)]
    return parity.compare(rows(left, function), rows(right, function), left_inputs=sizes, right_inputs=sizes).verdict


@pytest.mark.parametrize("name", SEES)
@pytest.mark.parametrize("counts", [(1, 3), (3, 1), (2, 3)], ids=str)
def test_what_sums_over_rows_sees_how_many_there_are(name, counts):
    x = torch.rand(4, 2) + 0.1
    one, other = (rows(count, SEES[name])(x) for count in counts)

    assert one.shape != other.shape or not torch.allclose(one, other)
    assert compared(*counts, SEES[name]) is Verdict.DIFFERENT


@pytest.mark.parametrize("name", SEES_NOT)
def test_what_is_combined_with_as_many_does_not(name):
    x = torch.randn(4, 2)

    assert torch.equal(rows(1, SEES_NOT[name])(x), rows(3, SEES_NOT[name])(x))
    assert compared(1, 3, SEES_NOT[name]) is not Verdict.DIFFERENT
