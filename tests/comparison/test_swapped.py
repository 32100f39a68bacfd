"""Two layers that have changed places are one difference; what only looks like it is told wire by wire."""

import pytest

import parity


def nets(order, other, *, tail=True):
    """Two chains of the same parts in two orders, between layers that both have."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    parts = {
        "norm": nn.BatchNorm1d(8),
        "relu": nn.ReLU(),
        "tanh": nn.Tanh(),
        "layer norm": nn.LayerNorm(8),
        "wide": nn.Linear(8, 8, bias=False),
    }
    ends = nn.Linear(5, 8), nn.Linear(8, 3)
    return (
        nn.Sequential(ends[0], *(parts[name] for name in names), *(ends[1:] if tail else ())).eval()
        for names in (order, other)
    )


def errors(order, other, **more):
    left, right = nets(order, other, **more)
    report = parity.compare(left, right, inputs=[(2, 5)])
    return [each.rule for each, severity in report.findings if severity.value == "error" and each.caused_by is None]


@pytest.mark.parametrize("tail", [True, False])
@pytest.mark.parametrize(
    ("order", "other"),
    [
        (("norm", "relu"), ("relu", "norm")),
        (("tanh", "layer norm"), ("layer norm", "tanh")),
        (("wide", "layer norm"), ("layer norm", "wide")),
        (("relu", "wide", "norm"), ("wide", "relu", "norm")),
    ],
)
def test_two_in_a_row(order, other, tail):
    """Also where they are the last of the model, so that its output is another's."""
    assert errors(order, other, tail=tail) == ["layers-swapped"]


def test_three_that_go_round_are_no_exchange_of_two():
    found = errors(("norm", "tanh", "layer norm"), ("layer norm", "norm", "tanh"))

    assert found
    assert "layers-swapped" not in found or len(found) > 1


def test_the_same_order():
    assert errors(("norm", "relu"), ("norm", "relu")) == []
