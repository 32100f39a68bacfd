"""Activations, arithmetic and what only moves elements, and operators that nobody spells."""

import pytest

import parity
from parity.adapters import read
from parity.kinds import kind, translate
from tests.kinds.translated import array, checked, kinds_of, only, read_keras, read_onnx, read_torch

FUNCTIONS = {
    "relu": ("ReLU", {}, "Relu"),
    "sigmoid": ("Sigmoid", {}, "Sigmoid"),
    "tanh": ("Tanh", {}, "Tanh"),
    "softplus": ("Softplus", {}, "Softplus"),
    "log_sigmoid": ("LogSigmoid", {}, None),
    "selu": ("SELU", {}, "Selu"),
    "elu": ("ELU", {}, "Elu"),
    "relu6": ("ReLU6", {}, None),
    "silu": ("SiLU", {}, None),
    "mish": ("Mish", {}, "Mish"),
    "gelu": ("GELU", {}, "Gelu"),
    "hard_sigmoid": ("Hardsigmoid", {}, None),
    "hard_silu": ("Hardswish", {}, "HardSwish"),
    "softmax": ("Softmax", {"dim": -1}, "Softmax"),
    "log_softmax": ("LogSoftmax", {"dim": -1}, "LogSoftmax"),
}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_has_one_name(name, tmp_path):
    import keras
    import torch

    module, arguments, op = FUNCTIONS[name]
    made = getattr(torch.nn, module)(**arguments)
    torch.save(torch.nn.Sequential(made), tmp_path / "model.pt")
    found = [
        checked(read_keras(keras.layers.Activation(name), shape=(3,))),
        checked(read_torch(made, (2, 3))),
        translate(read(tmp_path / "model.pt")),
        *([checked(read_onnx(op, (2, 3)))] if op else []),
    ]

    wanted = dict(only(found[0], "activation").attributes)
    for graph in found[1:]:
        assert dict(only(graph, "activation").attributes) == wanted


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"function": "relu"}),
        ({"max_value": 6.0}, {"function": "relu6"}),
        ({"negative_slope": 0.25}, {"function": "leaky_relu", "negative_slope": 0.25}),
        ({"threshold": 1.0}, {"function": "threshold", "threshold": 1.0, "value": 0.0}),
        ({"max_value": 5.0}, {"function": "clip", "low": 0.0, "high": 5.0}),
        ({"threshold": 1.0, "max_value": 3.0}, {"function": "threshold", "threshold": 1.0, "value": 0.0}),
        ({"max_value": 6.0, "negative_slope": 0.5}, {"function": "leaky_relu", "negative_slope": 0.5}),
    ],
)
def test_keras_relu(settings, expected):
    import keras

    graph = checked(read_keras(keras.layers.ReLU(**settings), shape=(3,)))

    assert dict(only(graph, "activation").attributes) == expected
    # what is let through up to a limit, too, is cut in a layer of its own
    bounds = [layer.attributes["operand"] for layer in graph.layers if layer.kind == "elementwise"]
    assert bounds == ([settings["max_value"]] if len(settings) == 2 else [])


@pytest.mark.parametrize("slope", [0.0, 0.1])
@pytest.mark.parametrize("most", [None, 0.3, 6.0])
@pytest.mark.parametrize("limit", [0.0, 0.5])
def test_every_relu_of_keras_is_computed(slope, most, limit):
    """What is above a limit, up to another one which may be lower, and a slope for the rest."""
    import keras
    import numpy as np

    start = keras.Input((41,))
    model = keras.Model(start, keras.layers.ReLU(most, slope, limit)(start))
    numbers = np.array([*np.linspace(-9, 9, 37), 0.5, 0.3, -0.5, 6.0], "float32")[None]

    found = parity.evaluate(model, numbers)

    assert not found.gaps
    assert np.allclose(*found.outputs.values(), np.asarray(model(numbers)), atol=1e-6)


@pytest.mark.parametrize("beta", [1.0, 0.7, 3.0])
@pytest.mark.parametrize("limit", [1.0, 2.0, 20.0])
def test_a_softplus_that_turns_early_is_computed(beta, limit):
    import numpy as np
    import torch

    layer = torch.nn.Softplus(beta, limit).eval()
    numbers = torch.linspace(-9, 9, 37)[None]

    found = parity.evaluate(torch.export.export(layer, (numbers,)), numbers.numpy())

    assert not found.gaps
    assert np.allclose(*found.outputs.values(), layer(numbers).numpy(), atol=1e-6)


def test_clipping():
    import numpy as np
    from torch import nn

    low, high = {"low": np.float32(0)}, {"high": np.float32(6)}
    for graph in (
        checked(read_torch(nn.Hardtanh(0, 6), (2, 3))),
        checked(read_torch(nn.ReLU6(), (2, 3))),
        checked(read_onnx("Clip", (2, 3), "low", "high", stored=low | high)),
    ):
        assert only(graph, "activation").attributes["function"] == "relu6"
    assert only(checked(read_onnx("Clip", (2, 3), "low", stored=low)), "activation").attributes == {"function": "relu"}
    found = only(checked(read_onnx("Clip", (2, 3), None, "high", stored=high)), "activation").attributes
    assert found == {"function": "clip", "low": None, "high": 6.0}
    assert kinds_of(checked(read_torch(nn.Softplus(threshold=2), (2, 3)))) == ["activation", "elementwise", "where"]


def test_a_function_of_the_user_s_own_that_cannot_be_followed_is_opaque():
    import keras

    def mine(x):
        raise ValueError(x)

    graph = checked(read_keras(keras.layers.Dense(2, activation=mine), shape=(3,)))

    assert kinds_of(graph) == ["dense", "opaque"]
    assert only(graph, "opaque").attributes["settings"]["activation"] == "mine"


@pytest.mark.parametrize("axis", [-1, 1, 2])
def test_softmax_over_an_axis(axis):
    import keras
    import torch

    for graph in (
        checked(read_keras(keras.layers.Softmax(axis=axis), shape=(5, 3))),
        checked(read_torch(torch.nn.Softmax(dim=axis), (2, 5, 3))),
        checked(read_onnx("Softmax", (2, 5, 3), axis=axis)),
    ):
        assert only(graph, "activation").attributes["axis"] == axis


def test_an_old_softmax_flattens():
    assert kinds_of(checked(read_onnx("Softmax", (2, 5, 3), opset=11))) == ["opaque"]
    assert kinds_of(checked(read_onnx("Softmax", (2, 3), opset=11))) == ["activation"]


def test_the_order_of_operands():
    import numpy as np

    from tests.torch_nets import Called

    def keras_says(function):
        return dict(only(checked(read_keras(function, shape=(3,))), "elementwise").attributes)

    def torch_says(function):
        return dict(only(checked(read_torch(Called(function), (2, 3))), "elementwise").attributes)

    two = {"two": np.float32(2)}
    after = {"function": "add", "operand": -2.0}
    before = {"function": "subtract", "operand": 2.0, "operand_first": True}
    assert keras_says(lambda x: x - 2) == torch_says(lambda x: x - 2) == after
    assert keras_says(lambda x: 2 - x) == torch_says(lambda x: 2 - x) == before
    assert dict(only(checked(read_onnx("Sub", (2, 3), "two", stored=two)), "elementwise").attributes) == after
    assert dict(only(checked(read_onnx("Sub", "two", (2, 3), stored=two)), "elementwise").attributes) == before
    assert dict(only(checked(read_onnx("Add", "two", (2, 3), stored=two)), "elementwise").attributes)["operand"] == 2


def test_an_array_takes_part():
    import numpy as np

    one, other = (
        only(checked(read_keras(lambda x, to=to: x + np.array(to, "float32"), shape=(3,))), "elementwise")
        for to in ((1, 2, 3), (1, 2, 4))
    )

    assert one.attributes["operand"] == (1.0, 2.0, 3.0)
    assert one.attributes != other.attributes


@pytest.mark.parametrize("op", ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"])
def test_keras_merges(op):
    import keras

    x, y = keras.Input((4, 1)), keras.Input((1, 3))

    graph = checked(read(keras.Model([x, y], getattr(keras.layers, op)()([x, y]))))

    found = only(graph, "elementwise")
    assert kind("elementwise").shape(found.attributes, [(None, 4, 1), (None, 1, 3)]) == ((None, 4, 3),)


def test_a_stored_operand_widens():
    found = only(checked(read_onnx("Mul", (2, 1), "w", stored={"w": array(4, 1, 3)})), "elementwise")

    assert kind("elementwise").shape(found.attributes, [(2, 1)]) == ((4, 2, 3),)


@pytest.mark.parametrize("axis", [-1, 1, 2])
def test_concat(axis):
    import keras

    x, y = keras.Input((4, 3)), keras.Input((4, 3))

    graph = checked(read(keras.Model([x, y], keras.layers.Concatenate(axis=axis)([x, y]))))

    expected = [None, 4, 3]
    expected[axis] = 2 * (expected[axis] or 0)
    shape = kind("concat").shape(only(graph, "concat").attributes, [(None, 4, 3)] * 2)
    assert shape == (tuple(expected),)


@pytest.mark.parametrize("target", [(-1,), (12,), (2, -1), (6, 2), (3, 2, 2), (-1, 4)])
def test_reshape(target):
    import keras

    layer = keras.layers.Reshape(target)

    (found,) = (each for each in checked(read_keras(layer, shape=(4, 3))).layers if each.kind != "input")

    made = kind(found.kind).shape(found.attributes, [(None, 4, 3)])
    assert made == (layer.compute_output_shape((None, 4, 3)),)
    assert (found.kind == "flatten") is (len(target) == 1)


def test_permute():
    import keras
    from torch import nn

    class Turned(nn.Module):
        def forward(self, x):
            return x.permute(0, 2, 3, 1).transpose(1, -1)

    layer = keras.layers.Permute((3, 1, 2))

    found = only(checked(read_keras(layer, shape=(4, 3, 2))), "permute")
    assert kind("permute").shape(found.attributes, [(None, 4, 3, 2)]) == ((None, 2, 4, 3),)
    orders = [each.attributes.get("order") for each in checked(read_torch(Turned(), (1, 2, 3, 4))).layers]
    assert orders == [None, (0, 2, 3, 1), (0, 3, 2, 1)]
    assert only(checked(read_onnx("Transpose", (2, 3, 4))), "permute").attributes["order"] == (2, 1, 0)


def test_flatten():
    import keras
    from torch import nn

    first = keras.layers.Flatten(data_format="channels_first")
    for graph in (
        checked(read_keras(keras.layers.Flatten(), shape=(4, 3, 2))),
        checked(read_keras(first, shape=(4, 3, 2))),
        checked(read_torch(nn.Flatten(), (2, 4, 3, 2))),
        checked(read_onnx("Flatten", (2, 4, 3, 2))),
        checked(read_onnx("Flatten", (2, 4, 3, 2), axis=-3)),
    ):
        assert kinds_of(graph) == ["flatten"]
    assert kinds_of(checked(read_torch(nn.Flatten(2), (2, 4, 3, 2)))) == ["reshape"]
    assert kinds_of(checked(read_onnx("Flatten", (2, 4, 3, 2), axis=2))) == ["reshape"]


def test_dropout_and_identity():
    import keras
    import torch

    wanted = {"rate": 0.3, "units": "elements", "noise": "zero"}
    assert only(checked(read_keras(keras.layers.Dropout(0.3), shape=(3,))), "dropout").attributes == wanted
    assert only(checked(read_torch(torch.nn.Dropout(0.3), (2, 3))), "dropout").attributes == wanted
    assert kinds_of(checked(read_keras(keras.layers.Identity(), shape=(3,)))) == ["identity"]
    assert kinds_of(checked(read_onnx("Identity", (2, 3)))) == ["identity"]


def test_opaque_keeps_everything():
    import keras
    import torch

    class Mine(keras.layers.Layer):
        def build(self, shape):
            self.mine = self.add_weight(shape=shape[1:])

        def call(self, x):
            return x * self.mine if float(self.mine[0, 0, 0]) else x  # looks at numbers, so that it stays closed

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

    layer = Mine()
    attention = torch.nn.MultiheadAttention(4, 2)

    class Attends(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = attention

        def forward(self, x):
            return self.attention(x, x, x)[0]

    graph = checked(read_keras(layer, shape=(8, 8, 3)))

    found = only(graph, "opaque")
    assert sum(weight.numel for weight in found.weights) == layer.count_params()
    assert (found.inputs, found.outputs) == (graph.inputs, graph.outputs)
    assert found.attributes["operator"] == "keras.Mine"
    total = sum(weight.numel for weight in checked(read_torch(Attends(), (5, 2, 4))).weights)
    assert total == sum(each.numel() for each in attention.parameters())


def test_what_is_never_called_is_not_lost():
    import torch

    class Partly(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.spare = torch.nn.Linear(2, 2), torch.nn.Linear(2, 3)

        def forward(self, x):
            return self.used(x)

    assert kinds_of(checked(read_torch(Partly(), (1, 2)))) == ["dense", "unused"]


ONCE = (1, 1, 1, 1)
AXIS_MORE = {
    "repeat": lambda x: x.relu().repeat(ONCE),
    "tile": lambda x: x.relu().tile(ONCE),
    "expand": lambda x: x.relu().expand(1, 2, 2, 2),
}


@pytest.mark.parametrize("name", AXIS_MORE)
def test_copies_along_an_axis_that_was_not_there_add_it(name):
    """Of one copy too: ``repeat`` takes more counts than its tensor has axes."""
    from tests.torch_nets import Called

    given = {"inputs": [((2, 2, 2), "float32")]}
    same = parity.compare(Called(AXIS_MORE[name]), Called(lambda x: x.relu().unsqueeze(0)), **given)

    assert same.verdict == "equivalent"
    assert parity.compare(Called(AXIS_MORE[name]), Called(lambda x: x.relu()), **given).verdict == "different"
