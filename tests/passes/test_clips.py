"""Two bounds that are applied one after the other are a clip, also behind what never reaches one of them."""

import pytest

import parity
from parity.graphs import graph_of
from tests.torch_nets import Called

torch = pytest.importorskip("torch")
nn = torch.nn

SHAPE = (2, 3, 4)


def activations(function):
    graph = graph_of(Called(function).eval(), inputs=[SHAPE])
    return [dict(layer.attributes) for layer in graph.layers if layer.kind != "input"]


def least(x, number):
    return torch.maximum(x, torch.tensor(number))


def greatest(x, number):
    return torch.minimum(x, torch.tensor(number))


@pytest.mark.parametrize(
    ("function", "low", "high"),
    [
        (lambda x: greatest(least(x, -1.0), 2.0), -1.0, 2.0),
        (lambda x: least(greatest(x, 2.0), -1.0), -1.0, 2.0),
        (lambda x: greatest(x, 0.5).relu(), 0.0, 0.5),
        (lambda x: greatest(x.relu(), 0.5), 0.0, 0.5),
        (lambda x: least(greatest(x, 3.0), 1.0), 1.0, 3.0),
    ],
)
def test_bounds_in_any_order_are_one_clip(function, low, high):
    assert activations(function) == [{"function": "clip", "low": low, "high": high}]


def test_bounds_of_relu6_have_its_name():
    assert activations(lambda x: greatest(x, 6.0).relu()) == [{"function": "relu6"}]


def test_bounds_the_wrong_way_round_are_no_clip():
    left, right = (lambda x: greatest(least(x, 2.0), 1.0)), (lambda x: least(greatest(x, 1.0), 2.0))
    assert len(activations(left)) == len(activations(right)) == 2
    report = parity.compare(Called(left).eval(), Called(right).eval(), inputs=[SHAPE])
    assert report.verdict is parity.Verdict.DIFFERENT


@pytest.mark.parametrize("before", ["erf", "tanh", "sigmoid", "sin", "softsign"])
@pytest.mark.parametrize("bounds", [(0.0, 1.0), (-1.0, 1.0), (0.0, 0.5)], ids=str)
def test_a_clip_behind_what_never_reaches_a_bound_is_told(before, bounds):
    keras = pytest.importorskip("keras")
    x = keras.Input(SHAPE[1:], batch_size=SHAPE[0])
    left = keras.Model(x, keras.ops.clip(getattr(keras.ops, before)(x), *bounds))
    function = {"softsign": nn.functional.softsign}.get(before, getattr(torch, before, None))
    right = Called(lambda x: function(x).clamp(max=bounds[1]).clamp(min=bounds[0])).eval()

    report = parity.compare(left, right, right_inputs=[SHAPE])

    assert report.verdict is parity.Verdict.EQUIVALENT


def test_other_bounds_are_a_difference_though_they_are_never_reached():
    sides = (Called(lambda x, high=high: x.tanh().clamp(max=high).relu()).eval() for high in (1.0, 0.5))
    assert parity.compare(*sides, inputs=[SHAPE]).verdict is parity.Verdict.DIFFERENT
