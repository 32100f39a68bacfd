"""GRUs, simple recurrent layers and single cells of every framework: equal settings are equal layers."""

import numpy as np
import pytest

from parity.adapters import read
from parity.kinds import kind, translate
from parity.passes import normalise
from tests.kinds.translated import array, checked, kinds_of, only, read_keras, read_onnx, read_torch, roles

STEPS, WIDTH, UNITS = 5, 3, 4
NAMES = {"gru": "GRU", "simple_rnn": "SimpleRNN"}
GATES = {"gru": 3, "simple_rnn": 1, "lstm": 4}
FRAMEWORK = {"gate_order", "in_features", "time_major"}


def found_in(graph, name):
    return [layer for layer in graph.layers if layer.kind == name]


def meaning(layer):
    """What is compared, but for what a framework decides."""
    return {key: layer.attributes.get(key) for key in kind(layer.kind).attributes.keys() - FRAMEWORK}


def of_torch(name, pick=lambda y, _: y, **settings):
    import torch

    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = getattr(torch.nn, {"gru": "GRU", "simple_rnn": "RNN"}[name])(WIDTH, UNITS, **settings)

        def forward(self, x):
            return pick(*self.rnn(x))

    return Module()


def of_onnx(name, *, bias=True, **settings):
    rows = GATES[name] * UNITS
    stored = {"w": array(1, rows, WIDTH), "r": array(1, rows, UNITS)} | ({"b": array(1, 2 * rows)} if bias else {})
    op = {"gru": "GRU", "simple_rnn": "RNN"}[name]
    return read_onnx(op, (STEPS, 2, WIDTH), *stored, stored=stored, outputs=2, hidden_size=UNITS, **settings)


@pytest.mark.parametrize("name", sorted(NAMES))
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("state", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_keras(name, sequences, state, backwards, bias):
    import keras

    layer = getattr(keras.layers, NAMES[name])(
        UNITS, return_sequences=sequences, return_state=state, go_backwards=backwards, use_bias=bias
    )

    graph = checked(read_keras(layer, shape=(STEPS, WIDTH)))

    found = only(graph, name)
    told = layer.compute_output_shape((None, STEPS, WIDTH))
    made = kind(name).shape(found.attributes, [(None, STEPS, WIDTH)])
    main = made[0 if sequences else 1]
    assert (main, *(made[1:] if state else ())) == (tuple(map(tuple, told)) if state else (told,))
    assert found.attributes["reverse"] is backwards
    assert found.attributes["flipped"] is (backwards and sequences)
    assert sum(weight.numel for weight in found.weights) == layer.count_params()
    assert ("bias" in roles(found)) is bias
    done = normalise(graph)
    ends = [(done.producers[value].kind, done.producers[value].outputs.index(value)) for value in done.outputs]
    assert ends == [(name, 0 if sequences else 1), *([(name, 1)] if state else [])]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_where_a_gru_resets(after, bias):
    import keras

    layer = keras.layers.GRU(UNITS, reset_after=after, use_bias=bias)

    for graph in (checked(read_keras(layer, shape=(STEPS, WIDTH))), checked(of_onnx("gru", bias=bias))):
        assert ("bias" in roles(only(graph, "gru"))) is bias
    found = only(checked(read_keras(layer, shape=(STEPS, WIDTH))), "gru")
    assert found.attributes["reset_after"] is after
    assert ("recurrent_bias" in roles(found)) is (bias and after)
    exported = only(checked(of_onnx("gru", linear_before_reset=int(after))), "gru")
    assert exported.attributes["reset_after"] is after


@pytest.mark.parametrize("name", sorted(NAMES))
@pytest.mark.parametrize("merge", ["concat", "sum", "mul", "ave", None])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("state", [False, True])
def test_keras_bidirectional(name, merge, sequences, state):
    import keras

    inner = getattr(keras.layers, NAMES[name])(UNITS, return_sequences=sequences, return_state=state)

    graph = checked(read_keras(keras.layers.Bidirectional(inner, merge_mode=merge), shape=(STEPS, WIDTH)))

    forward, backward = found_in(graph, name)
    assert (forward.attributes["reverse"], backward.attributes["reverse"]) == (False, True)
    assert not {weight.name for weight in forward.weights} & {weight.name for weight in backward.weights}
    done = normalise(graph)
    assert [done.shape(value) for value in done.outputs] == [graph.shape(value) for value in graph.outputs]
    if state:
        assert [done.producers[value].path for value in done.outputs[-2:]] == [forward.path, backward.path]


@pytest.mark.parametrize("name", sorted(NAMES))
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_torch(name, layers, both, first, bias, tmp_path):
    import torch

    settings = {"num_layers": layers, "bidirectional": both, "batch_first": first, "bias": bias}
    module = of_torch(name, lambda *both: both, **settings)
    shape = (2, STEPS, WIDTH) if first else (STEPS, 2, WIDTH)

    graph = checked(read_torch(module, shape))

    found = found_in(graph, name)
    assert [each.attributes["reverse"] for each in found] == [False, True][: 1 + both] * layers
    assert sum(w.numel for each in found for w in each.weights) == sum(p.numel() for p in module.parameters())
    assert [graph.shape(value) for value in graph.outputs] == [tuple(y.shape) for y in module(torch.zeros(shape))]
    torch.save(torch.nn.Sequential(module.rnn), tmp_path / "model.pt")
    stored = found_in(translate(read(tmp_path / "model.pt")), name)
    told = [{**each.attributes, "state": None} for each in found]  # where a call finds its state
    assert [{**each.attributes, "state": None} for each in stored] == told


@pytest.mark.parametrize("name", sorted(NAMES))
def test_equal_settings_are_equal_layers(name):
    import keras

    layer = getattr(keras.layers, NAMES[name])(UNITS, return_sequences=True)
    after = {"linear_before_reset": 1} if name == "gru" else {}

    ours, theirs, exported = (
        only(checked(each), name)
        for each in (
            read_keras(layer, shape=(STEPS, WIDTH)),
            read_torch(of_torch(name, batch_first=True), (2, STEPS, WIDTH)),
            of_onnx(name, **after),
        )
    )

    assert meaning(ours) == meaning(theirs) == meaning(exported)
    shapes = [{role: sorted(shape) for role, (shape, _) in roles(each).items()} for each in (ours, theirs, exported)]
    assert shapes[1] == shapes[2]
    assert {**shapes[0], "recurrent_bias": shapes[0]["bias"]} == shapes[1]


def test_an_activation_shows():
    import keras

    ours = only(checked(read_keras(keras.layers.SimpleRNN(UNITS, "relu"), shape=(STEPS, WIDTH))), "simple_rnn")
    theirs = only(checked(read_torch(of_torch("simple_rnn", nonlinearity="relu"), (STEPS, 2, WIDTH))), "simple_rnn")
    exported = only(checked(of_onnx("simple_rnn", activations=["Relu"])), "simple_rnn")
    gated = only(checked(of_onnx("gru", activations=["Sigmoid", "Relu"])), "gru")

    assert [each.attributes["activation"] for each in (ours, theirs, exported, gated)] == ["relu"] * 4
    assert kinds_of(checked(of_onnx("gru", activations=["Sigmoid", "Affine"]))) == ["opaque"]
    assert kinds_of(checked(of_onnx("gru", clip=1.0))) == ["opaque"]


@pytest.mark.parametrize("after", [False, True])
def test_the_order_of_gates_is_that_of_the_numbers(after):
    """Weights carried over as the attributes say give the same outputs; a GRU that resets before does not exist."""
    import keras
    import torch

    layer = keras.layers.GRU(UNITS, return_sequences=True, reset_after=after, bias_initializer="random_normal")
    x = array(2, STEPS, WIDTH)
    expected = keras.ops.convert_to_numpy(layer(x))
    module = of_torch("gru", batch_first=True)
    ours = only(checked(read_keras(layer, shape=(STEPS, WIDTH))), "gru").attributes["gate_order"].split()
    theirs = only(checked(read_torch(module, (2, STEPS, WIDTH))), "gru").attributes["gate_order"].split()
    kernel, recurrent, bias = layer.get_weights()
    biases = bias if after else np.stack([bias, np.zeros_like(bias)])

    def carried(array):
        blocks = np.split(array, len(ours), axis=-1)
        return torch.tensor(np.concatenate([blocks[ours.index(gate)] for gate in theirs], -1).T.copy())

    state = dict(zip(module.state_dict(), map(carried, (kernel, recurrent, *biases)), strict=True))
    module.load_state_dict(state)

    made = module(torch.tensor(x)).detach().numpy()

    assert np.allclose(made, expected, atol=1e-5) is after


def test_rnn_over_cells():
    import keras

    k = keras.layers
    cells = [k.LSTMCell(4), k.GRUCell(3), k.LSTMCell(2), k.SimpleRNNCell(6)]
    layer = k.RNN(cells, return_sequences=True, return_state=True, go_backwards=True)

    graph = checked(read_keras(layer, shape=(STEPS, WIDTH)))

    assert [each for each in kinds_of(graph) if each != "identity"] == ["lstm", "gru", "lstm", "simple_rnn"]
    layers = [each for each in graph.layers if each.weights]
    assert [each.attributes["units"] for each in layers] == [4, 3, 2, 6]
    assert [each.attributes["flipped"] for each in layers] == [False] * 3 + [True]
    assert sum(weight.numel for each in layers for weight in each.weights) == layer.count_params()
    assert [graph.shape(value)[-1] for value in normalise(graph).outputs] == [6, 4, 4, 3, 2, 2, 6]
    single = normalise(checked(read_keras(k.RNN(k.LSTMCell(UNITS)), shape=(STEPS, WIDTH))))
    whole = normalise(checked(read_keras(k.LSTM(UNITS), shape=(STEPS, WIDTH))))
    assert meaning(only(single, "lstm")) == meaning(only(whole, "lstm"))


def test_a_cell_of_the_user_s_own_is_opaque():
    import keras

    @keras.saving.register_keras_serializable(package="mine")
    class GRUCell(keras.layers.GRUCell):
        pass

    for layer in (keras.layers.RNN(GRUCell(4)), keras.layers.Bidirectional(keras.layers.RNN(GRUCell(4)))):
        graph = translate(read_keras(layer, shape=(STEPS, WIDTH)))
        assert kinds_of(graph) == ["opaque"]


@pytest.mark.parametrize("name", ["lstm", "gru", "simple_rnn"])
def test_single_steps(name, tmp_path):
    import keras
    import torch

    states = 2 if name == "lstm" else 1
    keras_cell = {"lstm": "LSTMCell", "gru": "GRUCell", "simple_rnn": "SimpleRNNCell"}[name]
    layer = getattr(keras.layers, keras_cell)(UNITS)
    x, *given = keras.Input((WIDTH,)), *(keras.Input((UNITS,)) for _ in range(states))
    module = getattr(torch.nn, keras_cell.removeprefix("Simple"))(WIDTH, UNITS)

    class Step(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = module

        def forward(self, x, *states):
            return self.cell(x, tuple(states) if len(states) > 1 else states[0])

    ours = checked(read(keras.Model([x, *given], layer(x, given)[1])))
    theirs = checked(read_torch(Step(), (2, WIDTH), *[(2, UNITS)] * states))
    torch.save(torch.nn.Sequential(module), tmp_path / "model.pt")
    pickled = translate(read(tmp_path / "model.pt"))

    cell = f"{name}_cell"
    mine, yours, stored = (only(each, cell) for each in (ours, theirs, pickled))
    assert meaning(mine) == meaning(yours) == meaning(stored)
    assert [len(normalise(each).outputs) for each in (ours, theirs)] == [states, states]
    for graph in (normalise(ours), normalise(theirs)):
        assert {graph.producers[value].kind for value in graph.outputs} == {cell}
        assert all(graph.shape(value)[1:] == (UNITS,) for value in graph.outputs)
