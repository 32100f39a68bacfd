"""What live PyTorch modules give that is no tensor."""

from dataclasses import dataclass

import pytest
import torch  # noqa: TID253  only tests of PyTorch import this
from torch import nn  # noqa: TID253  same

import parity
from parity.adapters import read
from parity.reports import Verdict


class Cache:
    """An object that PyTorch does not look into."""

    def __init__(self, keys):
        self.keys = keys


@dataclass
class Given:
    """A class for results, as people write them."""

    logits: torch.Tensor
    cache: Cache | None = None


class Net(nn.Module):
    def __init__(self, form):
        super().__init__()
        self.layer = nn.Linear(4, 3)
        self.form = form

    def forward(self, x):
        empty = torch.tensor([])
        keys = torch.cat([empty, self.layer(x)], dim=-2)  # as a cache begins
        return self.form(keys)


@pytest.mark.parametrize(
    ("form", "names", "left_out"),
    [
        (lambda y: {"logits": y, "cache": Cache(y)}, ("logits",), ("cache",)),
        (lambda y: Given(y, Cache(y)), ("logits",), ("cache",)),
        (Given, ("logits",), ()),
        (lambda y: (y, Cache(y)), (), ("1",)),
    ],
    ids=["dict", "data class", "data class without it", "tuple"],
)
def test_objects_are_left_out_and_named(form, names, left_out):
    net = Net(form)
    before = dict(vars(net))

    graph = read(net.eval(), [(1, 5, 4)])

    assert "torch.export" in graph.producer
    assert len(graph.outputs) == 1
    assert graph.output_names == names
    assert graph.outputs_left_out == left_out
    assert not graph.gaps
    assert [node.op for node in graph.nodes if node.op == "cat"] in ([], ["cat"])
    assert vars(net).keys() == before.keys()
    assert "forward" not in vars(net)


def test_a_module_that_gives_no_tensor_is_not_read_as_one_that_gives_nothing():
    net = Net(Cache)

    report = parity.compare(net, net, inputs=[(1, 5, 4)])

    assert report.verdict is not Verdict.EQUIVALENT


def test_what_is_left_out_is_said():
    mine, theirs = Net(lambda y: y), Net(lambda y: {"logits": y, "cache": Cache(y)})
    theirs.load_state_dict(mine.state_dict())

    report = parity.compare(mine, theirs, inputs=[(1, 5, 4)], verify="auto")

    assert report.verdict is Verdict.EQUIVALENT, report
    assert [finding.remedy for finding, _ in report.findings if finding.rule == "outputs-left-out"] == [
        "not compared: cache of the right"
    ]
