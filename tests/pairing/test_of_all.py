"""What is asked of all elements of a row is another thing than of a column, though most draws answer both alike."""

import pytest
import torch  # noqa: TID253  only tests of PyTorch import this

import parity
from parity.reports import Verdict
from tests.rules.models import module

ASKED = {
    "equal": (lambda x: x == 3.0, lambda x: x != 3.0),
    "greater": (lambda x: x > 3.0, lambda x: x <= 3.0),
    "less": (lambda x: x < -2.0, lambda x: x >= -2.0),
    "not less": (lambda x: x >= 1.5, lambda x: x < 1.5),
}


def verdict(left, right, size):
    inputs = [(2, size, size, size)]
    models = (module({}, lambda _, x: left(x)), module({}, lambda _, x: right(x)))
    return parity.compare(*models, left_inputs=inputs, right_inputs=inputs).verdict


@pytest.mark.parametrize("size", [3, 5, 16])
@pytest.mark.parametrize("name", ASKED)
def test_all_along_one_axis_is_not_none_of_the_others_along_another(name, size):
    told, opposite = ASKED[name]

    def rows(axis):
        return lambda x: (opposite(x).float().sum(axis) > 0).logical_not()

    torch.manual_seed(0)
    x = torch.where(torch.rand(2, size, size, size) < 0.9, {"less": -3.0}.get(name, 3.0 + (name != "equal")), 0.0)
    assert torch.equal(told(x).all(3), rows(3)(x))
    assert not torch.equal(told(x).all(3), rows(1)(x))
    assert verdict(lambda x: told(x).all(3), rows(3), size) is Verdict.EQUIVALENT
    assert verdict(lambda x: told(x).all(3), rows(1), size) is not Verdict.EQUIVALENT
