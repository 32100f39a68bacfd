"""Beside numbers that stand far above all others, as those of masks do, what the others are is told."""

import pytest

import parity
from parity.reports import Verdict
from tests.torch_nets import Called

torch = pytest.importorskip("torch")
SIZES = [(6, 6), ((6, 6), "bool")]


def masked(function, value):
    """Scores that a mask hides, as what a model gives."""
    return Called(lambda scores, mask: torch.where(mask, function(scores), value))


def compared(left, right, value, **options):
    models = [masked(each, value) for each in (left, right)]
    return parity.compare(*models, left_inputs=SIZES, right_inputs=SIZES, **options)


CHANGES = {
    "softshrink": torch.nn.functional.softshrink,
    "shifted": lambda x: x + 1e-3,
    "scaled": lambda x: x * 1.01,
    "another function": lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
}
SAME = {
    "doubled": (lambda x: x + x, lambda x: x * 2),
    "exponential": (lambda x: torch.exp(x) * torch.exp(x), lambda x: torch.exp(2 * x)),
}


@pytest.mark.parametrize("value", [-1e9, 1e12, -3.4028234663852886e38])
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen(name, value):
    plain = torch.nn.functional.gelu if name == "another function" else torch.clone
    scores, mask = torch.randn(6, 6), torch.rand(6, 6) > 0.5

    assert not torch.allclose(*(masked(each, 0.0)(scores, mask) for each in (plain, CHANGES[name])), 1e-5, 1e-5)
    assert compared(plain, CHANGES[name], value).verdict is Verdict.DIFFERENT
    outputs = compared(plain, CHANGES[name], value, outputs=True).outputs
    assert outputs.worst.error.rel_l2 > 1e-5


@pytest.mark.parametrize("value", [-1e9, -3.4028234663852886e38])
@pytest.mark.parametrize("name", SAME)
def test_what_is_the_same_stays_so(name, value):
    report = compared(*SAME[name], value, outputs=True)

    assert report.verdict is Verdict.EQUIVALENT
    assert report.outputs.worst.error.rel_l2 < 1e-6


def test_a_mask_of_another_size_is_seen():
    models = [masked(torch.clone, each) for each in (-1e9, -2e9)]
    report = parity.compare(*models, left_inputs=SIZES, right_inputs=SIZES, outputs=True)

    assert report.verdict is Verdict.DIFFERENT
    assert report.outputs.worst.error.rel_l2 > 0.1
