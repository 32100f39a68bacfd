"""What asks whether numbers are equal, or are zero, is told apart by numbers of which only some are."""

import pytest

import parity
from tests.torch_nets import Called

torch = pytest.importorskip("torch")
F = torch.nn.functional

GIVEN = [((2, 2, 2, 2), "float32")]


def norm(*sizes):
    return lambda x: F.layer_norm(x, sizes)


APART = {
    "zeros": (lambda x: norm(2)(x).logical_not(), lambda x: norm(2, 2)(x).logical_not()),
    "zeros of other axes": (
        lambda x: (x - x.mean(-1, keepdim=True)) == 0,
        lambda x: (x - x.mean(-2, keepdim=True)) == 0,
    ),
    "truth": (lambda x: norm(2)(x).bool(), lambda x: norm(2, 2)(x).bool()),
    "equal halves": (lambda x: x[..., :1] == x[..., 1:], lambda x: x[..., :1, :] == x[..., 1:, :]),
    "a difference": (lambda x: x.diff(dim=-1) != 0, lambda x: x.diff(dim=-1).diff(dim=-2).expand(2, 2, 2, 1) != 0),
    "both": (
        lambda x: torch.logical_and(norm(2)(x), norm(2)(x) + 1),
        lambda x: torch.logical_and(norm(2, 2)(x), norm(2, 2)(x) + 1),
    ),
    "quotients": (lambda x: (x / x).sum(-1).softmax(1), lambda x: (x / x).sum(-1).softmax(2)),
    "remainders": (lambda x: (x % x).sum(-1).softmax(1), lambda x: (x % x).sum(-1).softmax(2)),
    "remainders of C": (
        lambda x: torch.fmod(x, x).sum(-1).softmax(1),
        lambda x: torch.fmod(x, x).sum(-1).softmax(2),
    ),
}


@pytest.mark.parametrize("name", APART)
def test_functions_that_differ_where_some_are_equal_are_different(name):
    left, right = APART[name]
    given = torch.tensor([0.0, 0.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0] * 2).reshape(2, 2, 2, 2)

    assert left(given).shape != right(given).shape or not torch.equal(left(given), right(given))
    report = parity.compare(Called(left), Called(right), left_inputs=GIVEN, right_inputs=GIVEN)
    assert report.verdict == "different"


ALIKE = {
    "zero": (lambda x: norm(2)(x).logical_not(), lambda x: norm(2)(x) == 0),
    "no zero": (lambda x: norm(2)(x).bool(), lambda x: norm(2)(x) != 0),
    "halves": (lambda x: x[..., :1] == x[..., 1:], lambda x: x[..., 1:] == x[..., :1]),
    "quotient": (lambda x: (x / x).sum(-1).softmax(1), lambda x: (x / x).sum(-1).softmax(-2)),
}


@pytest.mark.parametrize("name", ALIKE)
def test_functions_that_agree_there_too_are_equivalent(name):
    left, right = map(Called, ALIKE[name])

    assert parity.compare(left, right, left_inputs=GIVEN, right_inputs=GIVEN).verdict == "equivalent"
