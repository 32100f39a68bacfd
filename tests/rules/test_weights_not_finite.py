"""Infinite and undefined numbers are told of, whether or not both sides have them."""

import pytest

import parity

torch = pytest.importorskip("torch")


def with_number(number, place):
    torch.manual_seed(0)
    model = torch.nn.Linear(4, 3).eval()
    with torch.no_grad():
        model.weight[place] = number
    return model


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_the_same_on_both_sides_is_the_same_model_and_said(number):
    sides = with_number(number, (1, 2)), with_number(number, (1, 2))
    report = parity.compare(*sides, inputs=[(2, 4)], weights=True)
    (found,) = [finding for finding, _ in report.findings if finding.rule == "weights-not-finite"]
    assert "holds 1 infinite or undefined numbers, as the left does" in found.message
    assert report.verdict is parity.Verdict.EQUIVALENT
    assert {each.state for each in report.weights} == {"same"}


def test_other_places_and_one_side_alone_are_a_difference():
    nan = float("nan")
    for other in (with_number(nan, (0, 0)), with_number(1.0, (1, 2))):
        report = parity.compare(with_number(nan, (1, 2)), other, inputs=[(2, 4)], weights=True)
        assert report.verdict is parity.Verdict.DIFFERENT
