"""What is turned on one side alone is another model, whatever layer comes after it."""

import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same
from torch.nn import functional as F  # noqa: N812, TID253  as PyTorch's own documents call it

import parity
from parity.reports import Verdict

LAYERS = {
    "a triangle": torch.tril,
    "sums so far": lambda x: x.cumsum(1),
    "sorted": lambda x: x.sort(1)[0],
    "normalised over neighbours": lambda x: F.local_response_norm(x, 2),
    "patches": lambda x: F.unfold(x, 1),
    "norms of windows": lambda x: F.lp_pool2d(x, 2, 1),
    "rolled": lambda x: x.roll(1, 1),
    "selected": lambda x: x.index_select(1, torch.tensor([1, 0])),
    "halved": lambda x: F.glu(x, 1),
}


class Net(nn.Module):
    """A layer behind a permutation, or behind none."""

    def __init__(self, layer, order=()):
        super().__init__()
        self.layer, self.order = layer, order

    def forward(self, x):
        return self.layer(x.permute(self.order) if self.order else x)


@pytest.mark.parametrize("order", [(2, 1, 0, 3), (0, 1, 3, 2), (1, 0, 2, 3)])
@pytest.mark.parametrize("name", LAYERS)
def test_a_permutation_of_equal_sizes_is_seen(name, order):
    x = torch.randn(2, 2, 2, 2)
    plain, turned = Net(LAYERS[name]).eval(), Net(LAYERS[name], order).eval()
    same = plain(x).shape == turned(x).shape and torch.allclose(plain(x), turned(x))

    report = parity.compare(plain, turned, inputs=(x,))

    assert report.verdict is (Verdict.EQUIVALENT if same else Verdict.DIFFERENT)


@pytest.mark.parametrize("groups", [1, 2])
def test_a_layer_that_is_not_known_with_its_axes_in_another_order_leaves_that_open(groups):
    """Nothing would be said of the axes behind it."""
    x = torch.randn(2, 2, 2, 2)
    plain, turned = (Net(lambda x: F.channel_shuffle(x, groups), order).eval() for order in ((), (2, 1, 0, 3)))

    report = parity.compare(plain, turned, inputs=(x,))

    assert report.verdict is Verdict.INCONCLUSIVE
    assert "layer-axes" in {finding.rule for finding, _ in report.findings}
