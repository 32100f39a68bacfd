"""A mask that tells words from padding is one mask, however a model computes it of its input."""

import pytest
import torch  # noqa: TID253  a test of PyTorch's models
from torch import nn  # noqa: TID253  same
from torch.nn.functional import scaled_dot_product_attention as attend  # noqa: TID253  same

import parity
from parity.reports import Verdict
from tests.balance import remainders

LEAST = torch.finfo(torch.float32).min
WAYS = {
    "truth": lambda words: (words != 0)[:, None, None, :],
    "looked up": lambda words: words.bool()[torch.arange(2)[:, None, None, None], torch.arange(5)[None, None, None, :]],
    "repeated": lambda words: words[:, None, None, :].expand(-1, 1, 5, -1) > 0,
    "added": lambda words: (1.0 - words[:, None, None, :].float()) * LEAST,
    "filled": lambda words: torch.where(words[:, None, None, :] == 0, -torch.inf, 0.0),
}
OTHERS = {
    "padding that is read": lambda words: (words == 0)[:, None, None, :],
    "queries": lambda words: (words != 0)[:, None, :, None],
    "the sample before": lambda words: (words.flip(0) != 0)[:, None, None, :],
    "the word before": lambda words: (words.roll(1, 1) != 0)[:, None, None, :],
    "no later word": lambda words: (words != 0)[:, None, None, :] & torch.ones(5, 5).tril().bool(),
    "a little more": lambda words: (words[:, None, None, :].float() - 1) * 100.0,
}
INPUTS = {"x": (2, 5, 8), "words": ((2, 5), "int64")}


class Net(nn.Module):
    def __init__(self, mask):
        super().__init__()
        self.first, self.last, self.mask = nn.Linear(8, 24), nn.Linear(8, 8), mask

    def forward(self, x, words):
        query, key, value = (each.unflatten(-1, (2, 4)).transpose(1, 2) for each in self.first(x).chunk(3, -1))
        made = attend(query, key, value, self.mask(words))
        return self.last(made.transpose(1, 2).flatten(2))


def compared(mine, theirs):
    return parity.compare(Net(mine).eval(), Net(theirs).eval(), inputs=INPUTS)


@pytest.mark.parametrize("way", list(WAYS))
def test_ways_to_say_the_same(way):
    x, words = torch.rand(2, 5, 8), torch.tensor([[1, 1, 1, 0, 0], [0, 1, 1, 1, 1]])
    left, right = Net(WAYS["truth"]), Net(WAYS[way])
    right.load_state_dict(left.state_dict())
    torch.testing.assert_close(left(x, words), right(x, words))

    report = compared(WAYS["truth"], WAYS[way])

    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}


@pytest.mark.parametrize("other", list(OTHERS))
def test_another_mask(other):
    assert compared(WAYS["truth"], OTHERS[other]).verdict is not Verdict.EQUIVALENT


def test_two_that_are_the_same_otherwise():
    """What is no such mask is compared as it is written."""
    assert compared(OTHERS["the word before"], OTHERS["the word before"]).verdict is Verdict.EQUIVALENT
