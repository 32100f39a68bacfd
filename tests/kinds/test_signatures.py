"""Layers recognised by nothing but the names and shapes of their tensors."""

from dataclasses import replace

import numpy as np
import pytest

from parity.graph import WIRING, Census, Evidence, Framework, Gap, SourceGraph, SourceLayer, SourceNode, Unknown, Weight
from parity.kinds import UNTOLD, choices, kind, translate

RECOGNISED = [
    (lambda torch: torch.nn.Linear(3, 5), "dense", ()),
    (lambda torch: torch.nn.Linear(3, 5, bias=False), "dense", ("embedding",)),
    (lambda torch: torch.nn.Conv1d(4, 8, 3), "conv", ()),
    (lambda torch: torch.nn.Conv2d(4, 8, (3, 5), bias=False), "conv", ()),
    (lambda torch: torch.nn.Conv3d(4, 8, 3), "conv", ()),
    (lambda torch: torch.nn.Conv2d(8, 8, 3, groups=8), "conv", ("conv",)),
    (lambda torch: torch.nn.BatchNorm2d(6), "batch_norm", ()),
    (lambda torch: torch.nn.BatchNorm1d(6, affine=False), "batch_norm", ()),
    (lambda torch: torch.nn.LayerNorm(6), "layer_norm", ()),
    (lambda torch: torch.nn.GroupNorm(2, 6), "layer_norm", ("group_norm",)),
    (lambda torch: torch.nn.RMSNorm(6), "layer_norm", ("rms_norm", "prelu")),
    (lambda torch: torch.nn.PReLU(), "layer_norm", ("prelu",)),
    (lambda torch: torch.nn.ConvTranspose2d(4, 8, 3), "conv_transpose", ()),
    (lambda torch: torch.nn.ConvTranspose2d(4, 8, 3, bias=False), "conv", ("conv_transpose",)),
    (lambda torch: torch.nn.LSTM(3, 4), "lstm", ()),
    (lambda torch: torch.nn.LSTM(3, 4, num_layers=2, bidirectional=True, bias=False), "lstm", ()),
    (lambda torch: torch.nn.LSTM(3, 4, proj_size=2), "lstm", ()),
    (lambda torch: torch.nn.GRU(3, 4, num_layers=2), "gru", ()),
    (lambda torch: torch.nn.RNN(3, 4, bidirectional=True), "simple_rnn", ()),
    (lambda torch: torch.nn.LSTMCell(3, 4), "lstm_cell", ()),
    (lambda torch: torch.nn.GRUCell(3, 4, bias=False), "gru_cell", ()),
    (lambda torch: torch.nn.RNNCell(3, 4), "simple_rnn_cell", ()),
]


def of_module(*modules, names=None):
    """What a file with nothing but the state of modules tells."""
    names = names or [f"m{at}" for at in range(len(modules))]
    weights, nodes = {}, []
    for name, module in zip(names, modules, strict=True):
        found = {slot: f"{name}.{slot}" for slot in module.state_dict()}
        for slot, each in module.state_dict().items():
            weights[found[slot]] = Weight(found[slot], tuple(each.shape), "float32", Census.TRAINABLE, found[slot])
        nodes.append(SourceNode(name, name, "torch.weights", "", weights=found))
    rows = tuple(SourceLayer(node.path, "unknown", tuple(node.weights.values())) for node in nodes)
    gaps = (Gap(WIRING, "tensors only"),)
    return SourceGraph(
        Framework.TORCH, "test", "test", "", Evidence.TENSORS, rows, tuple(nodes), {}, weights, gaps=gaps
    )


@pytest.mark.parametrize(("make", "name", "others"), RECOGNISED)
def test_a_module_by_its_tensors(make, name, others):
    import torch

    module = make(torch)
    graph = translate(of_module(module))

    assert {layer.kind for layer in graph.layers} == {name}
    assert set(graph.layers[0].attributes.get("alternatives", ())) >= set(others)
    assert sum(each.numel for layer in graph.layers for each in layer.weights) == sum(
        each.numel() for each in module.state_dict().values()
    )
    assert all(each.role for layer in graph.layers for each in layer.weights)


def test_what_tensors_do_not_tell_is_unknown():
    import torch

    layer = translate(of_module(torch.nn.Conv2d(4, 8, 3, stride=2))).layers[0]
    assert layer.attributes["filters"] == 8
    assert {layer.attributes[name] for name in kind("conv").attributes} == {UNTOLD}
    assert isinstance(UNTOLD, Unknown)


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 4, 5, 6, 7)])
def test_tensors_that_no_kind_recognises_stay_opaque(shape):
    import torch

    module = torch.nn.Module()
    module.register_parameter("scale", torch.nn.Parameter(torch.zeros(shape)))
    layer = translate(of_module(module)).layers[0]
    assert (layer.kind, len(layer.weights)) == ("opaque", 1)


def test_the_other_side_says_what_a_matrix_is():
    import torch

    sides = of_module(torch.nn.Linear(3, 5, bias=False), torch.nn.Linear(7, 2, bias=False))
    other = translate(
        of_module(torch.nn.Embedding(5, 3), torch.nn.Linear(7, 2, bias=False), names=["embedding", "top"])
    )
    assert [layer.kind for layer in other.layers] == ["embedding", "dense"]

    chosen = choices(sides, translate(sides), other)
    assert [layer.kind for layer in translate(sides, chosen).layers] == ["embedding", "dense"]


def test_the_other_side_says_that_a_convolution_is_depthwise():
    import keras
    import torch

    from parity.adapters import read

    inputs = keras.Input((8, 8, 6))
    whole = translate(read(keras.Model(inputs, keras.layers.DepthwiseConv2D(3, use_bias=False)(inputs))))
    side = of_module(torch.nn.Conv2d(6, 6, 3, groups=6, bias=False))
    layer = translate(side, choices(side, translate(side), whole)).layers[0]
    assert layer.weights[0].axes == "group*multiplier in kh kw"
    plain = of_module(torch.nn.Conv2d(1, 6, 3, bias=False))
    inputs = keras.Input((8, 8, 1))
    whole = translate(read(keras.Model(inputs, keras.layers.Conv2D(6, 3, use_bias=False)(inputs))))
    assert translate(plain, choices(plain, translate(plain), whole)).layers[0].weights[0].axes == "out in kh kw"


def test_shapes_of_no_sense_are_no_failure():
    import torch

    sides = of_module(torch.nn.LSTM(3, 4))
    broken = {name: Weight(name, (0,), each.dtype, each.census, name) for name, each in sides.weights.items()}
    graph = translate(replace(sides, weights=broken))
    assert [layer.kind for layer in graph.layers] == ["opaque"]
    assert np.prod(graph.layers[0].weights[0].shape) == 0
