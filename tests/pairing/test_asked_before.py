"""What two parts compute is asked once for all blocks that are written alike, and anew for all that are not."""

import sys

import pytest

import parity
from parity.evaluation import Budget
from parity.graphs import graph_of
from parity.kinds import Uncomputable
from parity.pairing._agreement import Part
from parity.pairing._asked_before import answered
from tests.torch_nets import Called

torch = pytest.importorskip("torch")
nn = torch.nn

SHAPE = (2, 3, 4)


def part(function, shape=SHAPE):
    graph = graph_of(Called(function), inputs=[shape])
    layers = tuple(layer for layer in graph.layers if layer.kind != "input")
    return Part(graph, graph.outputs, layers, dict.fromkeys(graph.inputs, "x"))


def asks(answers, left, right, order=(0, 1, 2), shape=SHAPE):
    """Whether two functions are computed, since nothing is known of them."""
    asked = []
    parts = part(left, shape), part(right, shape)
    answered(answers, parts, {"x": order}, [order], lambda: asked.append(parts) or True, Budget())
    return bool(asked)


def double(x):
    return x * 2.0 + x.exp()


def test_the_same_parts_are_computed_once():
    answers = {}
    assert asks(answers, double, double)
    assert not asks(answers, double, double)
    assert not asks(answers, lambda x: x * 2.0 + x.exp(), double)


@pytest.mark.parametrize(
    "other",
    [
        lambda x: x * 3.0 + x.exp(),
        lambda x: x * 2.0 + x.tanh(),
        lambda x: x * 2.0 + (x * 2.0).exp(),
        lambda x: x.exp() * 2.0 + x,
        lambda x: (x * 2.0 + x.exp()).transpose(1, 2).transpose(0, 1),
    ],
    ids=["number", "function", "wires", "order", "axes"],
)
def test_parts_that_differ_in_anything_are_computed(other):
    answers = {}
    assert asks(answers, double, double)
    assert asks(answers, double, other)
    assert asks(answers, other, double)


def test_other_sizes_and_other_orders_of_axes_are_computed():
    answers = {}
    assert asks(answers, double, double)
    assert asks(answers, double, double, order=(0, 2, 1))
    assert asks(answers, double, double, shape=(2, 3, 5))


@pytest.mark.parametrize("is_short", [False, True])
@pytest.mark.parametrize("agree", [False, True])
def test_what_is_not_computed_for_want_of_operations_is_asked_again(agree, is_short):
    answers, parts, order = {}, (part(double), part(double)), (0, 1, 2)

    found = answered(answers, parts, {"x": order}, [order], lambda: agree, Budget(is_short=is_short))

    assert found is agree
    assert [*answers.values()] == ([] if is_short and not agree else [agree])


def test_a_budget_tells_that_it_was_short():
    budget = Budget(operations=10)
    budget.spend(8)
    assert not budget.is_short
    with pytest.raises(Uncomputable, match="budget"):
        budget.spend(8)
    assert budget.is_short


def test_parts_with_weights_are_computed_each_time():
    layer, answers = nn.Linear(4, 4), {}
    assert all(asks(answers, layer, layer) for _ in range(2))


class Block(nn.Module):
    """Attention to what came before, of which the elements of queries and keys may come in another order."""

    def __init__(self, layers, *, turned):
        super().__init__()
        self.layers, self.turned = layers, turned

    def forward(self, x):
        query, key, value = (layer(x).unflatten(-1, (2, 4)) for layer in self.layers)
        if self.turned:
            query, key = (torch.stack([each[..., 2:], each[..., :2]], -1).flatten(3) for each in (query, key))
        query, key, value = (each.transpose(1, 2) for each in (query, key, value))
        made = nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        return x + made.transpose(1, 2).flatten(2)


def computed_for(count, monkeypatch):
    asked = []
    search = sys.modules["parity.pairing.regions"]  # the package has a function of this name
    agree = search.agree

    def counted(parts, *told):
        if not any(layer.weights for part in parts for layer in part.layers):
            asked.append(parts)
        return agree(parts, *told)

    monkeypatch.setattr(search, "agree", counted)
    layers = [nn.ModuleList(nn.Linear(8, 8) for _ in range(3)) for _ in range(count)]
    left, right = (nn.Sequential(*(Block(each, turned=turned) for each in layers)).eval() for turned in (True, False))
    assert parity.compare(left, right, inputs=[(2, 5, 8)]).verdict is parity.Verdict.EQUIVALENT
    monkeypatch.undo()
    return len(asked)


def test_a_network_of_more_blocks_computes_no_more_parts(monkeypatch):
    few, many = computed_for(2, monkeypatch), computed_for(8, monkeypatch)
    assert 0 < many <= few
