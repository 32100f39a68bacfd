"""Passes that undo each other would go on for ever: graphs come to rest, and where one does not, that is soon said."""

import itertools

import pytest

from parity.graphs import graph_of
from parity.passes import Phase, run

torch = pytest.importorskip("torch")
nn = torch.nn


class Two(nn.Module):
    """Attention whose heads are of one element each, and attention of what it gives."""

    def __init__(self, batch_first, zeros, heads, size):
        super().__init__()
        settings = {"batch_first": batch_first, "add_zero_attn": zeros}
        self.first = nn.MultiheadAttention(size, size, bias=False, dropout=0.5, **settings)
        self.second = nn.MultiheadAttention(size, heads, bias=False, dropout=0.5)

    def forward(self, x):
        y, weights = self.first(x.relu(), x, x.relu())
        return self.second(x, y, y)[0], weights


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("zeros", [True, False])
@pytest.mark.parametrize(("heads", "size"), [(1, 5), (5, 5), (2, 4)])
def test_attention_of_attention(batch_first, zeros, heads, size):
    """What is moved behind two projections would be taken before both again."""
    net = Two(batch_first, zeros, heads, size).eval()

    graph = graph_of(net, inputs=[(size, size, size)])

    assert not [gap for gap in graph.gaps if "did not converge" in gap.reason]


def test_a_phase_that_does_not_rest_is_run_once():
    """Not once for each round of all phases."""
    counted = itertools.count()
    graph = graph_of(nn.Sequential(nn.Linear(2, 3), nn.ReLU()).eval(), inputs=[(1, 2)])

    def restless(graph):
        next(counted)
        return type(graph)(**{name: getattr(graph, name) for name in graph.__dataclass_fields__})

    done = run(graph, [Phase("idle", (restless,)), Phase("still", (lambda graph: graph,))])

    assert [gap.reason for gap in done.gaps] == ["the phase idle did not converge after 64 rounds"]
    assert next(counted) == 64
