"""What every pass promises, over tiny graphs and over real models."""

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity.adapters import read
from parity.graph import Evidence
from parity.kinds import translate
from parity.passes import PHASES, normalise
from tests.seed_models import KERAS, SMALL, bn_cnn_torch
from tests.strategies import graphs

PASSES = tuple({each: None for phase in PHASES for each in phase.passes})
FEW = settings(max_examples=25)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Translated graphs of real models of all three frameworks."""
    import torch

    folder = tmp_path_factory.mktemp("models")
    found = [translate(read(KERAS[name](**SMALL.get(name, {})))) for name in sorted(KERAS)]
    module = bn_cnn_torch(image=8).eval()
    found.append(translate(read(module, inputs=[(1, 1, 8, 8)])))
    network = Network().eval()
    found.append(translate(read(network, inputs=[(2, 3, 12, 12)])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, (torch.zeros(2, 3, 12, 12),), folder / "a.onnx", dynamo=True, verbose=False)
    found.append(translate(read(folder / "a.onnx")))
    torch.save(torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten()), folder / "tree.pt")
    found.append(translate(read(folder / "tree.pt")))
    return found


def Network():  # noqa: N802  stands for a class
    """A network with something for each pass to do."""
    import torch
    from torch import nn

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(
                *(nn.ZeroPad2d(1), nn.Conv2d(3, 4, 3), nn.ReLU(), nn.ZeroPad2d(1), nn.MaxPool2d(2), nn.Identity())
            )
            self.pool, self.flat = nn.AdaptiveAvgPool2d(1), nn.Flatten()
            self.lstm = nn.LSTM(4, 5, batch_first=True, bidirectional=True, num_layers=2)
            self.last = nn.Linear(10, 2)

        def forward(self, x):
            x = self.body(x)
            sequence, (state, _) = self.lstm(x.flatten(2).transpose(1, 2))
            return self.flat(self.pool(x)), self.last(sequence), torch.cat([state[-2], state[-1]], 1)

    return Network()


def check(each, graph):
    done = each(graph)
    assert each(done) is done
    assert done.inputs == graph.inputs
    assert len(done.outputs) == len(graph.outputs)
    kept = {weight.storage for layer in done.layers for weight in layer.weights}
    assert kept == {weight.storage for layer in graph.layers for weight in layer.weights}
    assert {weight.storage for weight in done.weights} == {weight.storage for weight in graph.weights}
    made = set(done.inputs)
    for layer in done.layers:
        if graph.evidence is Evidence.GRAPH:
            assert made.issuperset(layer.inputs), (each.__name__, layer.path)
        made.update(layer.outputs)
    assert made.issuperset(done.outputs)
    paths = [layer.path for layer in done.layers]
    assert len(set(paths)) == len(paths)
    if done is not graph:
        assert (done.layers, done.values, done.outputs) != (graph.layers, graph.values, graph.outputs)
    return done


@pytest.mark.parametrize("each", PASSES, ids=lambda each: each.__name__)
def test_alone(models, each):
    for graph in models:
        check(each, graph)


def test_in_order(models):
    for graph in models:
        done = graph
        for each in PASSES:
            done = check(each, done)
        whole = normalise(graph)
        assert normalise(whole) is whole


@FEW
@given(st.data())
def test_small_graphs(data):
    graph = data.draw(graphs())
    for each in PASSES:
        graph = check(each, graph)


def test_sources_are_kept(models):
    """A finding can name every row of the source that computes something."""
    gone = {"identity", "fill", "stack_axis", "concat", "select", "reshape", "permute", "flatten"}
    for graph in models:
        named = {source for layer in normalise(graph).layers for source in layer.sources}
        for layer in graph.layers:
            assert layer.kind in gone or named.issuperset(layer.sources), layer.path
