"""No pass puts a layer before what it takes: what is dropped for that computes something."""

from dataclasses import replace

import numpy as np
import pytest

from parity.adapters import read
from parity.errors import ParityError
from parity.evaluation import run, stored_in
from parity.kinds import translate
from parity.passes import Phase, normalise

pytestmark = pytest.mark.filterwarnings("ignore")

STEPS, FEATURES, UNITS = 3, 4, 5


@pytest.fixture(autouse=True)
def verified(monkeypatch):
    monkeypatch.setenv("PARITY_VERIFY", "1")


def normalised(model, **given):
    """What a model computes once it has been through all passes."""
    source = read(model, given.pop("inputs", None))
    graph = normalise(translate(source))
    found = run(graph, stored_in(source), dict(zip(graph.inputs, given["arrays"], strict=True)))
    assert not found.gaps, found.gaps[:1]
    return [found.values[value] for value in graph.outputs]


GRUS = [
    {"go_backwards": True, "recurrent_dropout": 0.2},
    {"recurrent_dropout": 0.2},
    {"recurrent_dropout": 0.2, "reset_after": False},
    {"reset_after": False, "go_backwards": True},
    {"reset_after": False, "activation": "relu6", "recurrent_activation": "hard_sigmoid"},
    {"reset_after": False, "activation": "relu", "use_bias": False},
    {"reset_after": True, "activation": "elu", "go_backwards": True},
]


@pytest.mark.parametrize("settings", GRUS, ids=str)
@pytest.mark.parametrize("exporter", ["keras", "tf2onnx"])
def test_gates_of_a_loop_that_is_written_out_are_all_computed(exporter, settings, tmp_path):
    keras, onnxruntime = pytest.importorskip("keras"), pytest.importorskip("onnxruntime")
    tf2onnx = pytest.importorskip("tf2onnx")
    start = keras.Input((STEPS, FEATURES))
    layer = keras.layers.GRU(UNITS, **settings)
    model = keras.Model(start, layer(start))
    generator = np.random.default_rng(0)
    layer.set_weights([generator.normal(size=each.shape) for each in layer.get_weights()])
    given = generator.normal(size=(2, STEPS, FEATURES)).astype("float32")
    model(given)
    path = tmp_path / "gru.onnx"
    if exporter == "keras":
        model.export(path, format="onnx", verbose=False)
    else:
        tf2onnx.convert.from_keras(model, opset=17, output_path=str(path))

    session = onnxruntime.InferenceSession(path)
    (told,) = session.run(None, {session.get_inputs()[0].name: given})
    (found,) = normalised(path, arrays=[given])

    assert np.allclose(found, told, atol=1e-5)


def test_a_pass_that_puts_a_layer_before_what_it_takes_is_told_as_wrong():
    torch = pytest.importorskip("torch")
    graph = translate(read(torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Tanh()).eval(), [(2, 4)]))

    def backwards(graph):
        order = sorted(graph.layers, key=lambda layer: layer.kind)
        return graph if tuple(order) == graph.layers else replace(graph, layers=tuple(order))

    with pytest.raises(ParityError, match=r"before it is produced|a pass is wrong"):
        normalise(graph, until=(Phase("any", (backwards,)),))


def recurrences():
    import torch

    return {each.__name__: each for each in (torch.nn.RNN, torch.nn.GRU, torch.nn.LSTM)}


BEFORE = {
    "one of an axis": lambda x: x.select(1, 1),
    "a mean of an axis": lambda x: x.mean(1),
    "a mean of the first axis": lambda x: x.mean(0),
    "a swap": lambda x: x[:, 0].transpose(0, 1),
}


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize("before", list(BEFORE))
@pytest.mark.parametrize("last", [True, False], ids=["last step", "all steps"])
def test_steps_that_come_first_stay_first_where_nothing_turns_them(name, before, last):
    torch = pytest.importorskip("torch")

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = recurrences()[name](input_size=5, hidden_size=2)

        def forward(self, x):
            sequence, state = self.layer(BEFORE[before](x))
            state = state[0] if isinstance(state, tuple) else state
            return state if last else sequence

    net, shape = Net().eval(), (1, 2, 3, 5)
    given = torch.randn(shape)
    (found,) = normalised(net, inputs=[shape], arrays=[given.numpy()])
    assert np.allclose(found, net(given).detach(), atol=1e-5)
