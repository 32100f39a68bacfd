"""What compares numbers that are computed is told apart where it turns, which no number of the layers tells."""

import pytest

import parity
from tests.torch_nets import Called

torch = pytest.importorskip("torch")

GIVEN = [((2, 3), "float32")]
MET = torch.tensor([[0.25, 3.0, -7.0], [2e6, -2e6, 0.0]])
"""Numbers at which the functions below turn, and beyond which they do something else."""


def chosen(condition):
    return lambda x: torch.where(condition(x), x, -x)


APART = {
    "equal": (
        lambda x: torch.logical_xor(x / 0.25 == 1, x / 0.25 == 1),
        lambda x: torch.logical_or(x / 0.25 == 1, x / 0.25 == 1),
    ),
    "not equal": (
        lambda x: (x / 0.25 + 1 != 2).logical_and(x > -100),
        lambda x: (x / 0.25 + 1 != 2).logical_or(x > -100),
    ),
    "equal after two": (chosen(lambda x: (x - 2) * 3 == 3), lambda x: -x),
    "equal whole numbers": (chosen(lambda x: x.floor() * 2 + 14 == 0), lambda x: -x),
    "far greater": (chosen(lambda x: x * 0.001 > 1000), lambda x: -x),
    "far less": (chosen(lambda x: x * 0.001 <= -1000), lambda x: -x),
    "far maximum": (lambda x: torch.clamp_min(x * 0.001 + 1000, 0), lambda x: x * 0.001 + 1000),
    "far minimum": (lambda x: torch.minimum(x * 0.001, x * 0 + 1000), lambda x: x * 0.001),
}


@pytest.mark.parametrize("name", APART)
def test_functions_that_turn_elsewhere_are_not_equivalent(name):
    left, right = APART[name]

    assert not torch.equal(left(MET), right(MET))
    report = parity.compare(Called(left), Called(right), left_inputs=GIVEN, right_inputs=GIVEN)
    assert report.verdict != "equivalent"


ALIKE = {
    "equal": (chosen(lambda x: x / 0.25 == 1), chosen(lambda x: 4 * x == 1)),
    "far greater": (chosen(lambda x: x * 0.001 > 1000), chosen(lambda x: 0.001 * x > 1000)),
    "never less": (chosen(lambda x: x * x + 1 < 0), chosen(lambda x: 1 + x * x < 0)),
    "never equal": (chosen(lambda x: x.exp() == -1), chosen(lambda x: torch.exp(x) + 1 == 0)),
}


@pytest.mark.parametrize("exported", [False, True])
@pytest.mark.parametrize("name", ALIKE)
def test_functions_that_turn_alike_are_equivalent(name, exported):
    left, right = map(Called, ALIKE[name])
    if exported:
        right = torch.onnx.export(right.eval(), (MET,), dynamo=True, verbose=False).model_proto

    assert parity.compare(left, right, left_inputs=GIVEN, right_inputs=GIVEN).verdict == "equivalent"
