"""Weight normalisation on one side: the kernel that a direction and lengths make is carried over, and compared."""

import numpy as np
import pytest

import parity
from parity.reports import Verdict
from parity.transfer import State

pytestmark = pytest.mark.filterwarnings("ignore")

SHAPES = [(2, 5, 9)]


def net(*, split):
    """Convolutions, one transposed, and a dense layer; each normed along another axis, the last one as a whole."""
    import torch
    from torch import nn

    stack = nn.Conv1d(5, 8, 3), nn.ReLU(), nn.ConvTranspose1d(8, 4, 4, stride=2), nn.Conv1d(4, 4, 3), nn.Linear(14, 3)
    made = nn.Sequential(*stack).eval()
    for at, axis in {0: 0, 2: 0, 3: 2, 4: None}.items() if split else ():
        nn.utils.parametrizations.weight_norm(made[at], dim=axis)
        with torch.no_grad():
            made[at].parametrizations.weight.original0.mul_(1.5)
    return made


def compared(left, right):
    return parity.compare(left, right, weights=True, inputs=SHAPES, profile="inference")


@pytest.mark.parametrize("split", [True, False])
def test_both_compute_the_same_after_a_port(split):
    import torch

    left, right = net(split=split), net(split=not split)

    done = parity.port(left, right, inputs=SHAPES)

    assert not done.plan.missing
    given = torch.randn(*SHAPES[0])
    with torch.no_grad():
        np.testing.assert_allclose(left(given).numpy(), right(given).numpy(), atol=1e-5)
    report = compared(left, right)
    assert {each.state for each in report.weights} <= {State.SAME, State.ROUNDED}
    assert len(report.weights) == 8
    assert report.verdict is Verdict.EQUIVALENT


def test_another_length_is_a_difference():
    import torch

    left, right = net(split=True), net(split=False)
    parity.port(left, right, inputs=SHAPES)
    with torch.no_grad():
        left[3].parametrizations.weight.original0[0, 0, 1] *= 1.01

    for pair in ((left, right), (right, left)):
        report = compared(*pair)
        assert [each.role for each in report.weights if each.state is State.DIFFERENT] == ["kernel"]
        assert report.verdict is Verdict.DIFFERENT
