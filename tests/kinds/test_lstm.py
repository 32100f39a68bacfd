"""LSTMs in every form: how many layers they are, how these are wired, and where the last state is."""

import warnings

import pytest

from parity.adapters import read
from parity.kinds import kind, translate
from parity.passes import normalise
from tests.kinds.translated import array, checked, kinds_of, only, read_keras, read_onnx, read_torch, roles

STEPS, WIDTH, UNITS = 5, 3, 4


def lstms(graph):
    return [layer for layer in graph.layers if layer.kind == "lstm"]


def makers(graph):
    """The kind of layer and the number of its output that each output of the model comes from."""
    return [(graph.producers[value].kind, graph.producers[value].outputs.index(value)) for value in graph.outputs]


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("state", [False, True])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_keras(sequences, state, backwards, bias):
    import keras

    layer = keras.layers.LSTM(
        UNITS, return_sequences=sequences, return_state=state, go_backwards=backwards, use_bias=bias
    )

    graph = checked(read_keras(layer, shape=(STEPS, WIDTH)))

    (found,) = lstms(graph)
    shapes = ((None, STEPS, UNITS), (None, UNITS), (None, UNITS))
    assert kind("lstm").shape(found.attributes, [(None, STEPS, WIDTH)]) == shapes
    assert found.attributes["reverse"] is backwards
    assert found.attributes["flipped"] is (backwards and sequences)
    assert ("bias" in roles(found)) is bias
    expected = [("lstm", 0 if sequences else 1), *([("lstm", 1), ("lstm", 2)] if state else [])]
    assert makers(normalise(graph)) == expected


@pytest.mark.parametrize("merge", ["concat", "sum", "mul", "ave", None])
@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("state", [False, True])
def test_keras_bidirectional(merge, sequences, state):
    import keras

    inner = keras.layers.LSTM(UNITS, return_sequences=sequences, return_state=state)

    graph = checked(read_keras(keras.layers.Bidirectional(inner, merge_mode=merge), shape=(STEPS, WIDTH)))

    forward, backward = lstms(graph)
    assert (forward.attributes["reverse"], backward.attributes["reverse"]) == (False, True)
    assert forward.inputs == backward.inputs == graph.inputs
    assert not {weight.name for weight in forward.weights} & {weight.name for weight in backward.weights}
    assert forward.attributes["flipped"] == backward.attributes["flipped"] is False
    done = normalise(graph)
    main = ("lstm", 0 if sequences else 1)
    joint = {"concat": [("concat", 0)], None: [main, main]}.get(merge, [("elementwise", 0)])
    assert makers(done) == [*joint, *([("lstm", 1), ("lstm", 2)] * 2 if state else [])]
    if state:
        assert [done.producers[value].path for value in done.outputs[-4:]] == [forward.path] * 2 + [backward.path] * 2
    for value in (*done.inputs, *done.outputs):
        assert done.shape(value) is not None


def test_keras_bidirectional_of_a_backward_layer_of_its_own():
    import keras

    other = keras.layers.LSTM(UNITS + 1, go_backwards=True)

    layer = keras.layers.Bidirectional(keras.layers.LSTM(UNITS), backward_layer=other)

    graph = translate(read_keras(layer, shape=(STEPS, WIDTH)))

    # The output's shape is not looked at: Keras itself says that it is twice that of the forward layer.
    assert [each.attributes["units"] for each in lstms(graph)] == [UNITS, UNITS + 1]


def test_keras_directions_start_from_their_own_states():
    import keras

    x = keras.Input((STEPS, WIDTH))
    states = [keras.Input((UNITS,)) for _ in range(4)]
    y = keras.layers.Bidirectional(keras.layers.LSTM(UNITS))(x, initial_state=states)

    graph = checked(read(keras.Model([x, *states], y)))

    forward, backward = lstms(graph)
    assert forward.inputs == graph.inputs[:3]
    assert backward.inputs == (graph.inputs[0], *graph.inputs[3:])


class Traced:
    """A module around an LSTM that gives what ``pick`` takes of its outputs."""

    def __new__(cls, pick, **settings):
        import torch

        class Module(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.lstm = torch.nn.LSTM(WIDTH, UNITS, **settings)

            def forward(self, x):
                sequence, (state, cell) = self.lstm(x)
                return pick(sequence, state, cell)

        return Module()


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_torch(layers, both, first, bias, tmp_path):
    import torch

    settings = {"num_layers": layers, "bidirectional": both, "batch_first": first, "bias": bias}
    module = Traced(lambda sequence, state, cell: (sequence, state, cell), **settings)
    shape = (2, STEPS, WIDTH) if first else (STEPS, 2, WIDTH)

    graph = checked(read_torch(module, shape))

    ways = 2 if both else 1
    found = lstms(graph)
    assert [each.attributes["reverse"] for each in found] == [False, True][:ways] * layers
    assert all(each.attributes["time_major"] is not first for each in found)
    names = ["weight_ih", "weight_hh", *(["bias_ih", "bias_hh"] if bias else [])]
    for at, each in enumerate(found):
        end = f"_l{at // ways}{'_reverse' if at % ways else ''}"
        assert [weight.name for weight in each.weights] == [f"lstm.{name}{end}" for name in names]
    results = module(torch.zeros(shape))
    assert [graph.shape(value) for value in graph.outputs] == [tuple(each.shape) for each in results]
    torch.save(torch.nn.Sequential(module.lstm), tmp_path / "model.pt")
    stored = lstms(translate(read(tmp_path / "model.pt")))
    for one, other in zip(found, stored, strict=True):
        assert {**one.attributes, "state": None} == {**other.attributes, "state": None}
        assert [each.shape for each in one.weights] == [each.shape for each in other.weights]


def test_torch_drops_between_layers():
    graph = normalise(checked(read_torch(Traced(lambda y, *_: y, num_layers=3, dropout=0.3), (STEPS, 2, WIDTH))))

    assert kinds_of(graph) == ["lstm", "dropout", "lstm", "dropout", "lstm"]
    assert only_rates(graph) == {0.3}


def only_rates(graph):
    return {layer.attributes["rate"] for layer in graph.layers if layer.kind == "dropout"}


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_torch_projections(both, bias):
    module = Traced(lambda y, *_: y, proj_size=2, num_layers=2, bidirectional=both, bias=bias)

    graph = checked(read_torch(module, (STEPS, 2, WIDTH)))

    found = lstms(graph)
    assert [each.attributes["projection"] for each in found] == [2] * (4 if both else 2)
    assert all(roles(each)["projection"] == ((2, UNITS), "hidden units") for each in found)
    assert sum(weight.numel for each in found for weight in each.weights) == sum(
        each.numel() for each in module.parameters()
    )


PICKS = {
    "state": lambda _, state, __: state[-1],
    "step": lambda sequence, _, __: sequence[:, -1],
    "steps": lambda sequence, _, __: sequence[:, -1, :],
    "squeezed": lambda _, state, __: state.squeeze(0),
    "number": lambda sequence, _, __: sequence[:, STEPS - 1],
}


@pytest.mark.parametrize("name", sorted(PICKS))
def test_the_last_state_of_torch(name):
    graph = normalise(checked(read_torch(Traced(PICKS[name], batch_first=True), (2, STEPS, WIDTH))))

    assert kinds_of(graph) == ["lstm"]
    assert makers(graph) == [("lstm", 1)]


def test_another_step_is_not_the_last():
    graph = normalise(checked(read_torch(Traced(lambda y, *_: y[:, -2], batch_first=True), (2, STEPS, WIDTH))))

    assert kinds_of(graph) == ["lstm", "select"]


def test_both_last_states():
    import torch

    def pick(_, state, __):
        return torch.cat([state[-2], state[-1]], dim=1)

    module = Traced(pick, batch_first=True, bidirectional=True)
    last = Traced(lambda sequence, *_: sequence[:, -1], batch_first=True, bidirectional=True)

    graph = normalise(checked(read_torch(module, (2, STEPS, WIDTH))))

    assert kinds_of(graph) == ["lstm", "lstm", "concat"]
    assert [graph.producers[value].outputs.index(value) for value in only(graph, "concat").inputs] == [1, 1]
    assert kinds_of(normalise(checked(read_torch(last, (2, STEPS, WIDTH))))) == ["lstm", "lstm", "concat", "select"]


def test_the_last_step_of_keras():
    import keras

    forward = keras.layers.LSTM(UNITS, return_sequences=True)
    back = keras.layers.LSTM(UNITS, return_sequences=True, go_backwards=True)

    graph = normalise(checked(read_keras(forward, lambda y: y[:, -1], shape=(STEPS, WIDTH))))

    assert makers(graph) == [("lstm", 1)]
    graph = normalise(checked(read_keras(back, lambda y: y[:, -1], shape=(STEPS, WIDTH))))
    assert makers(graph) == [("lstm", 1)]
    graph = normalise(checked(read_keras(back, lambda y: y[:, 0], shape=(STEPS, WIDTH))))
    assert makers(graph) == [("select", 0)]


@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("layout", [0, 1])
def test_onnx(direction, bias, layout):
    ways = 2 if direction == "bidirectional" else 1
    stored = {"w": array(ways, 4 * UNITS, WIDTH), "r": array(ways, 4 * UNITS, UNITS), "b": array(ways, 8 * UNITS)}
    if not bias:
        del stored["b"]
    shape = (2, STEPS, WIDTH) if layout else (STEPS, 2, WIDTH)

    graph = checked(
        read_onnx(
            "LSTM", shape, *stored, stored=stored, outputs=3, hidden_size=UNITS, direction=direction, layout=layout
        )
    )

    found = lstms(graph)
    assert [each.attributes["reverse"] for each in found] == {"forward": [False], "reverse": [True]}.get(
        direction, [False, True]
    )
    assert len(roles(found[0])) == (4 if bias else 2)
    assert all(graph.shape(value) is not None for value in graph.outputs)
    parts = {layer.kind for layer in graph.layers} - {"input", "lstm"}
    assert parts == ({"stack_axis", "concat"} if ways == 2 else {"stack_axis"})


@pytest.mark.parametrize(
    "settings", [{"activations": ["Sigmoid", "Relu", "Tanh"]}, {"clip": 1.0}, {"input_forget": 1}, {"p": True}]
)
def test_an_onnx_lstm_that_others_do_not_know(settings):
    stored = {"w": array(1, 4 * UNITS, WIDTH), "r": array(1, 4 * UNITS, UNITS)}
    names = ["w", "r"]
    if settings.pop("p", None):
        stored["p"] = array(1, 3 * UNITS)
        names += [None, None, None, None, "p"]

    graph = checked(read_onnx("LSTM", (STEPS, 2, WIDTH), *names, stored=stored, hidden_size=UNITS, **settings))

    assert kinds_of(graph) == ["opaque"]


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("dynamo", [False, True])
def test_exported(both, dynamo, tmp_path):
    """What an exporter writes around the operator goes, so that the wiring is that of the traced model."""
    import torch

    def pick(sequence, state, _):
        return sequence, state[-1]

    module = Traced(pick, batch_first=True, bidirectional=both, num_layers=2).eval()
    shape = (2, STEPS, WIDTH)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, (torch.zeros(shape),), tmp_path / "model.onnx", dynamo=dynamo, verbose=False)

    traced, exported = (normalise(checked(each)) for each in (read_torch(module, shape), read(tmp_path / "model.onnx")))

    assert kinds_of(traced) == (["lstm", "lstm", "concat"] * 2 if both else ["lstm", "lstm"])
    if not dynamo:  # sizes of the initial states are computed from the transposed input, so that the transpose stays
        assert len(lstms(exported)) == len(lstms(traced))
        assert makers(exported)[1] == makers(traced)[1]
        return
    assert kinds_of(exported) == kinds_of(traced)
    assert makers(exported) == makers(traced)
    assert not any(each.attributes["time_major"] for each in lstms(exported))
