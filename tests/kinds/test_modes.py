"""What a graph tells of the mode that it is run in, against what the frameworks themselves compute in it."""

import numpy as np
import pytest

import parity
from parity.adapters import read
from parity.graph import Mode
from parity.kinds import translate
from tests.kinds.translated import array, only


def functions():
    """Functions of PyTorch that act in training only, with the flag by which they are always on."""
    from torch.nn import functional as f

    return {
        "dropout": lambda x, on: f.dropout(x, 0.5, training=on),
        "dropout1d": lambda x, on: f.dropout1d(x, 0.5, training=on),
        "feature_dropout": lambda x, on: f.dropout2d(x[..., None], 0.5, training=on)[..., 0],
        "alpha_dropout": lambda x, on: f.alpha_dropout(x, 0.5, training=on),
        "feature_alpha_dropout": lambda x, on: f.feature_alpha_dropout(x, 0.5, training=on),
        "rrelu": lambda x, on: f.rrelu(x, 0.1, 0.9, training=on),
        "attention": lambda x, on: f.scaled_dot_product_attention(x, x, x, dropout_p=0.5 if on else 0.0),
    }


def around(function, *, always):
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.first, self.last = torch.nn.Linear(8, 6), torch.nn.Linear(6, 2)

        def forward(self, x):
            return self.last(function(self.first(x), always or self.training))

    return Net().eval()


def saved(model, example, path, *, training=False):
    import torch

    torch.export.save(torch.export.export(model.train(training), (example,)), path)
    model.eval()
    return path


def differs_from_run_to_run(model, x):
    return not np.allclose(*(np.asarray(model(x).detach()) for _ in range(2)))


@pytest.mark.parametrize("name", sorted(functions()))
@pytest.mark.parametrize("saving", [False, True], ids=["live", "pt2"])
def test_what_is_always_on_in_pytorch_changes_the_outputs(name, saving, tmp_path):
    import torch

    x = torch.randn(4, 5, 8)
    always, trained = (around(functions()[name], always=each) for each in (True, False))
    assert differs_from_run_to_run(always, x)
    assert not differs_from_run_to_run(trained, x)

    left = saved(always, x, tmp_path / "left.pt2") if saving else always
    right = saved(trained, x, tmp_path / "right.pt2") if saving else trained
    for profile in ("inference", "train"):
        report = parity.compare(left, right, inputs=[(4, 5, 8)], profile=profile)
        assert report.verdict == "different"
        assert "acts-as-in-training" in {each.rule for each, _ in report.findings}
    assert parity.compare(left, left, inputs=[(4, 5, 8)], profile="inference").verdict == "equivalent"


def norm(kind, *, always):
    import torch
    from torch.nn import functional as f

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = getattr(torch.nn, kind)(6, affine=True, track_running_stats=True)

        def forward(self, x):
            n = self.norm
            given = (x, n.running_mean, n.running_var, n.weight, n.bias, always, 0.1, 1e-5)
            return f.batch_norm(*given) if kind.startswith("Batch") else f.instance_norm(*given)

    return Net().eval()


@pytest.mark.parametrize("kind", ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm2d"])
def test_statistics_of_the_batch_in_an_eval_graph_are_no_moving_ones(kind):
    import torch

    shape = (4, 6, *(5,) * int(kind[-2]))
    x = torch.randn(shape) * 5 + 3
    left, right = norm(kind, always=True), norm(kind, always=False)
    assert not np.allclose(left(x).detach(), right(x).detach(), atol=0.1)

    report = parity.compare(left, right, inputs=[shape], profile="inference")

    assert report.verdict == "different"
    assert [each.attribute for each, _ in report.findings if each.rule == "acts-as-in-training"] == ["statistics"]
    assert parity.compare(right, norm(kind, always=False), inputs=[shape], profile="train").verdict == "equivalent"


def nets():
    from torch import nn

    return {
        "norm": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU()), (2, 3, 8, 8)),
        "dropout": (nn.Sequential(nn.Linear(8, 4), nn.Dropout(0.5), nn.Linear(4, 2)), (2, 8)),
        "both": (nn.Sequential(nn.Conv1d(3, 4, 3), nn.BatchNorm1d(4), nn.Dropout1d(0.2)), (2, 3, 8)),
        "recurrent": (nn.LSTM(3, 4, num_layers=2, dropout=0.5, batch_first=True), (2, 5, 3)),
        "attention": (nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (2, 5, 8)),
    }


@pytest.mark.parametrize("name", sorted(nets()))
def test_a_program_that_was_exported_in_training_mode(name, tmp_path):
    import torch

    model, shape = nets()[name]
    x = torch.randn(shape)
    trained, told = (saved(model, x, tmp_path / f"{on}.pt2", training=on) for on in (True, False))

    assert (read(trained).mode, read(told).mode) == (Mode.TRAINING, Mode.EVALUATION)
    for other in (told, model):
        for profile in ("inference", "train"):
            report = parity.compare(trained, other, right_inputs=[shape], profile=profile)
            assert report.verdict == "different"
            named = next(each for each, _ in report.findings if each.rule == "saved-in-training-mode")
            assert "the left" in named.message
            assert "model.eval()" in named.remedy
            assert "saved in training mode" in str(report)
    both = parity.compare(trained, trained)
    assert both.verdict == "equivalent"
    assert "saved-in-training-mode" in {each.rule for each, _ in both.findings}
    assert "The model was saved in training mode" in str(parity.summary(trained))
    assert "The model was saved in evaluation mode" in str(parity.summary(told))


def test_a_layer_that_was_put_back_into_training_mode_after_eval(tmp_path):
    import torch
    from torch import nn

    model = nn.Sequential(nn.Linear(8, 4), nn.Dropout(0.5), nn.Linear(4, 2)).eval()
    whole = saved(model, torch.randn(2, 8), tmp_path / "eval.pt2")
    model[1].train()
    torch.export.save(torch.export.export(model, (torch.randn(2, 8),)), tmp_path / "mixed.pt2")

    assert parity.compare(tmp_path / "mixed.pt2", whole, profile="inference").verdict == "different"


def onnx(op, opset, *, outputs=1, training=None, **attributes):
    """A model of one operator, in training mode or not in the way of its opset; everything else is neutral."""
    from onnx import TensorProto, helper, numpy_helper

    held = {}
    inputs = ["x"]
    if op == "BatchNormalization":
        held = {name: np.full(4, at + 1.0, "float32") for at, name in enumerate(("s", "b", "m", "v"))}
        inputs += held
    elif training is not None:
        held = {"ratio": np.float32(0.5), "training": np.bool_(training)}
        inputs += held
    names = ["y", *(f"more{at}" for at in range(outputs - 1))]
    nodes = [helper.make_node(op, inputs, names, **attributes)]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, 4, 5]) for name in ("x", "y")]
    stored = [numpy_helper.from_array(np.asarray(value), name) for name, value in held.items()]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


MODES = [
    (onnx("BatchNormalization", 15, training_mode=1, outputs=3), onnx("BatchNormalization", 15)),
    (onnx("BatchNormalization", 14, training_mode=1, outputs=3), onnx("BatchNormalization", 14, training_mode=0)),
    (onnx("BatchNormalization", 9, outputs=5), onnx("BatchNormalization", 9)),
    (onnx("BatchNormalization", 7, outputs=5), onnx("BatchNormalization", 7)),
    (onnx("BatchNormalization", 6, is_test=0, outputs=5), onnx("BatchNormalization", 6, is_test=1)),
    (onnx("Dropout", 13, training=True), onnx("Dropout", 13, training=False)),
    (onnx("Dropout", 12, training=True), onnx("Dropout", 12)),
    (onnx("Dropout", 6, is_test=0), onnx("Dropout", 6, is_test=1)),
    (onnx("Dropout", 6), onnx("Dropout", 10)),
]


@pytest.mark.parametrize(("trained", "told"), MODES, ids=[str(at) for at in range(len(MODES))])
def test_the_mode_of_an_onnx_file(trained, told):
    assert (read(trained).mode, read(told).mode) == (Mode.TRAINING, Mode.EVALUATION)
    assert (read(trained).inference_only, read(told).inference_only) == (False, True)
    for profile in ("inference", "train", None):
        assert parity.compare(trained, told, profile=profile).verdict == "different"
    assert parity.compare(trained, trained, profile="inference").verdict == "equivalent"


LAYERS = {
    "Dropout": {"rate": 0.5},
    "SpatialDropout1D": {"rate": 0.5},
    "AlphaDropout": {"rate": 0.5},
    "GaussianDropout": {"rate": 0.5},
    "GaussianNoise": {"stddev": 0.5},
    "BatchNormalization": {},
}


def called(framework, name, *, nested=False, **arguments):
    layers = framework.layers
    x = framework.Input((5, 8))
    layer = getattr(layers, name)(**LAYERS[name])
    if nested:
        inner = framework.Input((5, 8))
        layer = framework.Model(inner, layer(inner))
    return framework.Model(x, layer(x, **arguments))


@pytest.mark.parametrize("nested", [False, True], ids=["flat", "nested"])
@pytest.mark.parametrize("saving", [False, True], ids=["live", "file"])
@pytest.mark.parametrize("name", sorted(LAYERS))
def test_a_keras_layer_that_is_called_in_training_mode(name, saving, nested, tmp_path):
    import keras

    x = array(16, 5, 8) * 3
    models = [called(keras, name, nested=nested, **given) for given in ({"training": True}, {"training": False}, {})]
    on, off, none = models
    assert not np.allclose(on(x), none(x), atol=1e-3)
    assert np.allclose(off(x), none(x), atol=1e-5)

    if saving:
        for at, model in enumerate(models):
            model.save(tmp_path / f"{at}.keras")
        on, off, none = (tmp_path / f"{at}.keras" for at in range(3))
    assert parity.compare(on, none, profile="inference").verdict == "different"
    assert parity.compare(on, on, profile="inference").verdict == "equivalent"
    # Keras 3 trains in training mode, whatever a call says.
    assert parity.compare(off, none, profile="train").verdict == "equivalent"


@pytest.mark.parametrize("nested", [False, True], ids=["flat", "nested"])
@pytest.mark.parametrize("name", sorted(LAYERS))
def test_keras_2_keeps_the_mode_of_a_call_in_training_as_well(name, nested, tmp_path):
    tf_keras = pytest.importorskip("tf_keras")

    x = array(16, 5, 8) * 3
    files = []
    for at, given in enumerate(({"training": True}, {"training": False}, {})):
        model = called(tf_keras, name, nested=nested, **given)
        if given.get("training") is not True:  # which draws anew each time
            moved = not np.allclose(model(x, training=True), model(x, training=False), atol=1e-3)
            assert moved is (not given)
        model.save(tmp_path / f"{at}.h5")
        files.append(tmp_path / f"{at}.h5")
    on, off, none = files

    assert parity.compare(on, none, profile="inference").verdict == "different"
    assert parity.compare(off, none, profile="inference").verdict == "equivalent"
    assert parity.compare(off, none, profile="train").verdict == "different"


def argued(build, **arguments):
    """A functional Keras model of a layer that is called with more than its inputs."""
    import keras

    x, mask = keras.Input((5, 8)), keras.Input((5,), dtype="bool")
    given = {name: mask if value == "mask" else value for name, value in arguments.items()}
    return keras.Model([x, mask], build(keras.layers)(x, **given))


@pytest.mark.parametrize(
    ("build", "arguments"),
    [
        (lambda k: k.LSTM(3), {"mask": "mask"}),
        (lambda k: k.GRU(3, dropout=0.5), {"training": True}),
        (lambda k: k.Bidirectional(k.LSTM(3, dropout=0.5)), {"training": True}),
        (lambda k: k.GlobalAveragePooling1D(), {"mask": "mask"}),
        (lambda k: k.TimeDistributed(k.Dense(3)), {"mask": "mask"}),
    ],
    ids=["lstm", "gru", "bidirectional", "average", "steps"],
)
def test_an_argument_that_no_kind_reads_makes_a_layer_opaque(build, arguments):
    graph = translate(read(argued(build, **arguments)))

    assert "opaque" in {layer.kind for layer in graph.layers}


def test_what_the_calls_of_attention_say_is_compared():
    import keras

    def net(**arguments):
        x = keras.Input((5, 8))
        return keras.Model(x, keras.layers.MultiHeadAttention(2, 4)(x, x, **arguments))

    plain, causal = net(), net(use_causal_mask=True)

    assert parity.compare(plain, causal, profile="inference").verdict == "different"
    assert parity.compare(causal, net(use_causal_mask=True)).verdict == "equivalent"
    assert only(translate(read(net(return_attention_scores=False))), "attention").attributes["causal"] is False


def attention(rate, *, weights=False):
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.attention = torch.nn.MultiheadAttention(8, 2, dropout=rate, batch_first=True)

        def forward(self, x):
            return self.attention(x, x, x, need_weights=weights)[0]

    return Net().eval()


def asking(rate):
    """Attention as people write it, which hands its rate on in training only."""
    import torch

    class Net(torch.nn.Module):
        def forward(self, x):
            return torch.nn.functional.scaled_dot_product_attention(x, x, x, dropout_p=rate if self.training else 0.0)

    return Net().eval()


def encoder(rate):
    import torch

    torch.manual_seed(0)
    return torch.nn.TransformerEncoderLayer(8, 2, 16, dropout=rate, batch_first=True).eval()


ATTENTIONS = {
    "module": (attention, (2, 5, 8)),
    "with weights": (lambda rate: attention(rate, weights=True), (2, 5, 8)),
    "asking": (asking, (1, 2, 5, 8)),
    "encoder": (encoder, (2, 5, 8)),
}


@pytest.mark.parametrize("name", sorted(ATTENTIONS))
def test_dropout_of_attention_is_asked_of_the_live_module_and_not_known_of_a_program(name, tmp_path):
    import torch

    build, shape = ATTENTIONS[name]
    some, more = build(0.1), build(0.5)

    def verdict(left, right, profile):
        return parity.compare(left, right, inputs=[shape], profile=profile).verdict

    assert verdict(some, build(0.1), "train") == "equivalent"
    assert verdict(some, more, "train") == "different"
    assert verdict(some, more, "inference") == "equivalent"
    program = saved(some, torch.randn(shape), tmp_path / "some.pt2")
    other = saved(more, torch.randn(shape), tmp_path / "more.pt2")
    if name != "encoder":  # whose other dropouts are recorded
        assert verdict(program, other, "train") == "inconclusive"
    assert verdict(program, some, "train") == "inconclusive"
    assert verdict(program, some, "inference") == verdict(program, other, "inference") == "equivalent"
    # Nobody who does not ask for it is asked what the program cannot answer; what it can answer is asked.
    chosen = parity.compare(program, some, right_inputs=[shape])
    assert (chosen.profile.name, chosen.verdict) == ("inference", "equivalent")
    assert "a trace in evaluation mode does not record all of training" in str(chosen)


def test_what_a_program_can_answer_of_training_is_asked(tmp_path):
    import torch

    def net(rate):
        return torch.nn.Sequential(attention(0.1), torch.nn.Dropout(rate))

    program = saved(net(0.1), torch.randn(2, 5, 8), tmp_path / "net.pt2")

    assert parity.compare(program, net(0.1).eval(), right_inputs=[(2, 5, 8)]).verdict == "equivalent"
    found = parity.compare(program, net(0.5).eval(), right_inputs=[(2, 5, 8)])
    assert (found.profile.name, found.verdict) == ("train", "different")


@pytest.mark.parametrize("live", [True, False], ids=["live", "pt2"])
def test_what_a_trace_of_eval_mode_does_not_record_is_not_missing(live, tmp_path):
    import keras
    import torch

    class Hidden(torch.nn.Module):
        def forward(self, x):
            return x * (torch.rand(x.shape[0], 1) > 0.2) / 0.8 if self.training else x

    def net(*layers):
        x = value = keras.Input((8,))
        for each in (*layers, keras.layers.Dense(4)):
            value = each(value)
        return keras.Model(x, value)

    module = torch.nn.Sequential(Hidden(), torch.nn.Linear(8, 4)).eval()
    right = module if live else saved(module, torch.randn(1, 8), tmp_path / "hidden.pt2")
    layers = keras.layers
    hidden = [layers.Dropout(0.2, noise_shape=(None, 1)), layers.GaussianNoise(0.2), layers.ActivityRegularization(0.1)]
    for layer in hidden:
        assert parity.compare(net(layer), right, right_inputs=[(1, 8)], profile="train").verdict == "inconclusive"
        assert parity.compare(net(layer), right, right_inputs=[(1, 8)], profile="inference").verdict == "equivalent"
    # Nor is it known to be absent, where the live module shows that there is something.
    without = parity.compare(net(), right, right_inputs=[(1, 8)], profile="train")
    assert without.verdict == ("inconclusive" if live else "equivalent")
    assert parity.compare(net(), right, right_inputs=[(1, 8)]).verdict == "equivalent"
    # A dropout of single numbers has an operator, which any trace shows.
    assert (
        parity.compare(net(layers.Dropout(0.2)), right, right_inputs=[(1, 8)], profile="train").verdict == "different"
    )


def test_a_live_module_that_never_asks_for_its_mode_does_the_same_in_both():
    import keras
    import torch

    x = keras.Input((8,))
    left = keras.Model(x, keras.layers.Dense(4)(keras.layers.GaussianNoise(0.2)(x)))
    right = torch.nn.Sequential(torch.nn.Linear(8, 4)).eval()

    assert read(right, inputs=[(1, 8)]).mode is Mode.BOTH
    assert parity.compare(left, right, right_inputs=[(1, 8)], profile="train").verdict == "different"
    assert "training" not in vars(type(right))
    assert "training" not in vars(torch.nn.Module)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", ["norm", "dropout", "both"])
def test_the_mode_that_torchscript_was_traced_in(name, training, tmp_path):
    import torch

    model, shape = nets()[name]
    traced = torch.jit.trace(model.train(training), torch.randn(shape), check_trace=False)
    traced.save(tmp_path / "traced.pt")
    torch.jit.script(model).save(tmp_path / "scripted.pt")

    assert read(tmp_path / "traced.pt").mode is (Mode.TRAINING if training else Mode.EVALUATION)
    assert read(tmp_path / "scripted.pt").mode is Mode.BOTH


@pytest.mark.parametrize("name", ["norm", "dropout", "both"])
def test_a_decomposed_program_keeps_its_mode(name, tmp_path):
    import torch

    model, shape = nets()[name]
    files = []
    for training in (True, False):
        exported = torch.export.export(model.train(training), (torch.randn(shape),)).run_decompositions()
        torch.export.save(exported, tmp_path / f"{training}.pt2")
        files.append(tmp_path / f"{training}.pt2")

    assert [read(each).mode for each in files] == [Mode.TRAINING, Mode.EVALUATION]
    assert parity.compare(*files, profile="inference").verdict == "different"


@pytest.mark.parametrize("dynamo", [True, False])
def test_what_both_exporters_write_of_a_model_in_training_mode(dynamo, tmp_path):
    import torch

    model, shape = nets()["dropout"]
    files = []
    for training in (True, False):
        file = tmp_path / f"{training}.onnx"
        settings = {"verbose": False} if dynamo else {"training": torch.onnx.TrainingMode.PRESERVE}
        torch.onnx.export(model.train(training), (torch.randn(shape),), file, dynamo=dynamo, **settings)
        files.append(file)

    assert [read(each).mode for each in files] == [Mode.TRAINING, Mode.EVALUATION]
    assert parity.compare(*files, profile="inference").verdict == "different"


ALWAYS = {
    "norm": lambda f, stored: lambda x: f.batch_norm(x, *stored, training=True),
    "norm with a function": lambda f, stored: lambda x: f.batch_norm(x, *stored, training=True).relu(),
    "dropout": lambda f, _: lambda x: f.dropout(x, 0.5, training=True),
    "both": lambda f, stored: lambda x: f.dropout(f.batch_norm(x, *stored, training=True), 0.5, training=True),
}


@pytest.mark.parametrize("folding", [True, False])
@pytest.mark.parametrize("name", ALWAYS)
def test_what_a_model_does_in_any_mode_is_no_mode_that_its_export_was_saved_in(name, folding, tmp_path):
    import torch

    class Net(torch.nn.Module):
        def __init__(self, name):
            super().__init__()
            self.first = torch.nn.Conv2d(2, 3, 1)
            self.register_buffer("mean", torch.zeros(3))
            self.register_buffer("variance", torch.ones(3))
            self.made = ALWAYS[name] if name else None

        def forward(self, x):
            made = self.made or (lambda _, __: lambda x: x)
            return made(torch.nn.functional, (self.mean, self.variance))(self.first(x))

    live, example, file = Net(name).eval(), torch.randn(2, 2, 4, 4), tmp_path / "net.onnx"
    torch.onnx.export(live, (example,), file, dynamo=False, do_constant_folding=folding)

    assert read(file).mode is Mode.TRAINING
    assert parity.compare(live, file, left_inputs=[(2, 2, 4, 4)]).verdict == "equivalent"
    for other in {"", *ALWAYS} - {name}:
        assert parity.compare(Net(other).eval(), file, left_inputs=[(2, 2, 4, 4)]).verdict == "different"
