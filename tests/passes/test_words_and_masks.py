"""How models add positions to words, and what they do to queries and masks: the same in other words, or not."""

import pytest

import parity

SHAPES = {"x": (2, 5, 8), "mask": ((2, 5), "bool")}


def net(**changes):
    """A model of words, positions and segments, and attention; changes say how it is written."""
    import torch
    from torch import nn

    def added(words, positions, segments):
        match changes.get("sum", "positions last"):
            case "positions first":
                return (words + positions) + segments
            case "repeated":
                return words + segments + positions.expand(words.shape)
            case "without segments":
                return words + positions
        return words + segments + positions

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.words, self.segments, self.last = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)
            self.positions = nn.Embedding(9, 8)

        def forward(self, x, mask):
            value = added(self.words(x), self.positions(torch.arange(5)[None]), self.segments(x))
            heads = value.view(2, 5, 2, 4).transpose(1, 2)
            factor, where = changes.get("factor", 0.5), changes.get("where", "scores")
            query = heads * factor if where == "query" else heads
            shown = mask[:, None, None, :]
            if changes.get("mask") == "repeated":
                shown = shown.expand(2, 1, 5, 5)
            elif changes.get("mask") == "and ones":
                shown = shown & torch.ones(5, 1, dtype=torch.bool)
            elif changes.get("mask") == "causal":
                shown = shown & torch.ones(5, 5, dtype=torch.bool).tril()
            scale = factor if where == "scores" else 1.0
            found = nn.functional.scaled_dot_product_attention(query, heads, heads, shown, scale=scale)
            return self.last(found.transpose(1, 2).reshape(2, 5, 8))

    return Net().eval()


SAME = (
    *({"sum": how} for how in ("positions first", "repeated")),
    *({"where": "query", "factor": factor} for factor in (0.5, 0.25)),
    *({"mask": how} for how in ("repeated", "and ones")),
)
OTHERS = ({"sum": "without segments"}, {"where": "query", "factor": 2.0}, {"mask": "causal"})


@pytest.mark.parametrize("change", SAME, ids=str)
def test_the_same_in_other_words(change):
    plain = net(factor=change["factor"]) if "factor" in change else net()

    report = parity.compare(plain, net(**change), inputs=SHAPES)

    assert report.verdict == "equivalent"
    assert (*report.left_only, *report.right_only) == ()


@pytest.mark.parametrize("change", OTHERS, ids=str)
def test_what_is_not_the_same(change):
    assert parity.compare(net(), net(**change), inputs=SHAPES).verdict == "different"
