"""ONNX files as torch's two exporters and Keras write them."""

import warnings

import onnx
import pytest

from parity.adapters import read
from parity.graph import Census, Evidence, Framework


def torch_net():
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer1 = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(6))
            self.scale = nn.Parameter(torch.tensor([0.5]))
            self.fc1 = nn.Linear(6 * 8 * 8, 5)

        def forward(self, x):
            x = torch.relu(self.layer1(x)) * self.scale
            return self.fc1(x.flatten(1))

    torch.manual_seed(0)
    net = Net().eval()
    norm = net.layer1[2]
    for tensor in (norm.weight, norm.bias, norm.running_mean):
        torch.nn.init.normal_(tensor)
    torch.nn.init.uniform_(norm.running_var, 0.5, 2)
    return net


@pytest.fixture(scope="module", params=["dynamo", "torchscript", "external"])
def exported(request, tmp_path_factory):
    import torch

    path = tmp_path_factory.mktemp("onnx") / "net.onnx"
    options = {"dynamo": request.param != "torchscript"}
    if options["dynamo"]:
        options["external_data"] = request.param == "external"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(torch_net(), (torch.zeros(1, 1, 8, 8),), path, verbose=False, **options)
    return path


def stored(graph, *classes):
    by_storage = {weight.storage: weight for weight in graph.weights.values()}
    return sum(weight.numel for weight in by_storage.values() if not classes or weight.census in classes)


def test_rows_have_the_modules_names(exported):
    graph = read(exported)

    assert [(row.path, row.type) for row in graph.layers[:3]] == [
        ("layer1.0", "Conv"),
        ("layer1.1", "Relu"),
        ("layer1.2", "BatchNormalization"),
    ]
    assert ("fc1", "Gemm") in [(row.path, row.type) for row in graph.layers]


def test_counts_are_those_of_the_model(exported):
    net, graph = torch_net(), read(exported)
    constants = stored(graph, Census.CONSTANT)
    parameters = sum(each.numel() for each in net.parameters())

    assert stored(graph) - constants == parameters + 12  # mean and variance of the BatchNorm
    assert graph.weights["scale"].numel == 1
    assert sorted(name for row in graph.layers for name in row.weights) == sorted(graph.weights)


def test_every_value_has_its_shape(exported):
    graph = read(exported)

    assert all(value.shape is not None for value in graph.values.values())
    assert graph.values[graph.outputs[0]].shape == (1, 5)
    assert [graph.values[name].shape for name in graph.inputs] == [(1, 1, 8, 8)]


def test_the_rest_is_said(exported):
    graph = read(exported)
    norm = next(node for node in graph.nodes if node.op == "BatchNormalization")

    assert (graph.framework, graph.evidence, graph.inference_only) == (Framework.ONNX, Evidence.GRAPH, True)
    assert graph.producer.startswith("ONNX opset ")
    assert "pytorch" in graph.producer
    assert norm.attributes["epsilon"] == 1e-05
    assert not graph.gaps


def test_the_object_in_memory_gives_the_same(exported):
    file, memory = read(exported), read(onnx.load(exported))

    assert (memory.layers, memory.nodes, memory.values) == (file.layers, file.nodes, file.values)
    assert memory.weights == file.weights


def test_initial_states_of_an_lstm_are_no_weights(tmp_path):
    import torch

    net, path = torch.nn.LSTM(3, 4, bidirectional=True), tmp_path / "lstm.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, (torch.zeros(5, 2, 3),), path, dynamo=False)
    graph = read(path)

    assert stored(graph) - stored(graph, Census.CONSTANT) == sum(each.numel() for each in net.parameters())


def test_keras_export(tmp_path):
    import keras
    import numpy as np

    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Input((8, 8, 2)),
        keras.layers.Conv2D(3, 3, name="first", activation="relu", bias_initializer="random_normal"),
        keras.layers.Flatten(),
        keras.layers.Dense(4, name="last", bias_initializer="random_normal"),
    ]
    model = keras.Sequential(layers)
    model(np.zeros((1, 8, 8, 2), dtype="float32"))
    path = tmp_path / "net.onnx"
    model.export(path, format="onnx", verbose=False)
    graph = read(path)

    assert stored(graph) - stored(graph, Census.CONSTANT) == model.count_params()
    batch, units = graph.values[graph.outputs[0]].shape
    assert not isinstance(batch, int)
    assert units == 4
    assert "tf2onnx" in graph.producer
    assert any("first" in row.path and row.type == "Conv" for row in graph.layers)
    assert any("last" in row.path and row.type == "MatMul" for row in graph.layers)


def functions():
    """What TorchScript's exporter writes with computed sizes, branches, sequences and loops of shapes; and others."""
    import torch
    from torch.nn import functional as f

    return {
        "chunk": (lambda x: x.chunk(2, 1)[1], lambda x: x.chunk(2, 1)[0]),
        "last chunk": (lambda x: x.chunk(4, -1)[-1], lambda x: x.chunk(4, -1)[0]),
        "one chunk": (lambda x: x[:, :1].chunk(2, 1)[0], lambda x: x[:, 1:2]),
        "fill": (
            lambda x: x.index_fill(1, torch.tensor([0, 2]), 1.0),
            lambda x: x.index_fill(1, torch.tensor([0, 1]), 1.0),
        ),
        "tile": (lambda x: x.tile(1, 2, 1), lambda x: x.tile(1, 1, 2)),
        "response norm": (lambda x: f.local_response_norm(x, 3), lambda x: f.local_response_norm(x, 2)),
        "rounded quotient": (
            lambda x: torch.div(x, 0.3, rounding_mode="trunc"),
            lambda x: torch.div(x, 0.3, rounding_mode="floor"),
        ),
        "max pooling of each": (lambda x: f.max_pool2d(x, 1), lambda x: f.max_pool2d(x, 2)),
    }


@pytest.mark.parametrize("folding", [True, False])
@pytest.mark.parametrize("name", functions())
def test_what_torchscript_writes_with_computed_sizes_is_the_function(name, folding, tmp_path):
    import torch

    import parity
    from tests.torch_nets import Called

    mine, other = (Called(each).eval() for each in functions()[name])
    shape, path = (2, 4, 6), tmp_path / "net.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(mine, (torch.randn(shape),), path, dynamo=False, do_constant_folding=folding)

    assert parity.compare(mine, path, left_inputs=[shape]).verdict.value == "equivalent"
    assert parity.compare(other, path, left_inputs=[shape]).verdict.value == "different"
