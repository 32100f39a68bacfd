"""Keras models and what Keras and tf2onnx export of them as ONNX are the same model, and mutants of them are not."""

import re

import pytest

from parity.adapters import read
from parity.check import check
from parity.kinds import translate
from parity.passes import normalise
from parity.reports import Verdict
from parity.transfer import State
from tests import keras_exports
from tests.balance import causeless, remainders
from tests.keras_exports import APPLICATIONS, MODELS, application, randomised
from tests.transformations import unnamed

EQUIVALENT = (
    *("plain_cnn", "bn_cnn", "depthwise_net", "squeeze_excite", "text_cnn", "two_tower", "multi_output", "shared"),
    *("prelu", "lstm_text", "bidirectional_text", "separable_text", "encoder", "group_norm", "u_net"),
    "gru_text",
)
ALIKE = (
    *("MobileNetV2", "DenseNet121", "NASNetMobile"),
    *(pytest.param(name, marks=pytest.mark.thorough) for name in ("ResNet50", "Xception", "InceptionV3", "VGG16")),
)

NAMED = {
    "bn_cnn": {"batch-norm-folded", "batch-norm-merged-statistics", "kernel-layout"},
    "squeeze_excite": {"batch-norm-folded", "kernel-layout"},
    "depthwise_net": {"batch-norm-folded", "batch-norm-merged-statistics", "kernel-layout"},
    "plain_cnn": {"kernel-layout", "inference-no-op-dropped"},
    # Its cells apply a ReLU and the same pooling in several branches, which TensorFlow computes once.
    "NASNetMobile": {"equal-layers-merged", "batch-norm-folded"},
}
"""The transformations that a report of each must name."""

NOTED = {
    "plain_cnn": ("only changes the layout", "adds its bias"),
    "bn_cnn": ("adds the rest of its mean and beta",),
    "depthwise_net": ("operators that are hard_silu", "pads its input"),
    "squeeze_excite": ("operators that are silu",),
    "prelu": ("operators that are prelu",),
    "encoder": ("operators that are layer norm", "operators that are attention", "operators that are silu"),
    "group_norm": ("operators that are group norm",),
    "u_net": ("repeats each position",),
    "text_cnn": ("wraps negative indices", "adds an axis of one element for it"),
}
"""What the layers of each export must say was done to them."""


def export(model, path, **settings):
    """Export a model that has values of its own in every weight."""
    import numpy as np

    randomised(model)
    shapes = [((1, *(size or 4 for size in each.shape[1:])), each.dtype) for each in model.inputs]
    values = [np.zeros(shape, dtype=dtype) for shape, dtype in shapes]
    model(values if len(values) > 1 else values[0])
    model.export(path, format="onnx", verbose=False, **settings)
    return model


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A model and the path of its export, by name; each is made once."""
    folder, made = tmp_path_factory.mktemp("exports"), {}

    def get(name):
        if name not in made:
            model = MODELS[name]() if name in MODELS else application(name)
            made[name] = export(model, folder / f"{name}.onnx"), folder / f"{name}.onnx"
        return made[name]

    return get


def scopes(path):
    """The names of Keras layers in the name of a node: tf2onnx adds a running number to each."""
    return {re.sub(r"(_\d+)+$", "", part) for part in path.split("/")} | {
        re.sub(r"_\d+$", "", part) for part in path.split("/")
    }


def wrong(report, model):
    """Pairs of which the node's name says that it is of another layer, and how many there are whose name tells."""
    names = {layer.name for layer in model.layers}
    found, told_of = [], 0
    for link in report.links:
        left = {path.split(":")[0].split("@")[0] for path in link.left}
        told = names & scopes(link.right[0]) if "Reshape" not in link.right[0] else set()  # filed under what uses it
        told_of += bool(told)
        if told and not told & left and not any(name.startswith(tuple(left)) for name in told):
            found.append((link.left, link.right))
    return found, told_of


def norms(model):
    """How often a model calls a batch norm."""
    return sum("BatchNorm" in type(each).__name__ for each in model._flatten_layers())


def check_same(model, path, record):
    report = check(model, path, weights=True)
    crossed, told = wrong(report, model)
    record("figure: layers whose exporter names their module", told)
    record("figure: of them aligned to another module", len(crossed))

    assert report.verdict is Verdict.EQUIVALENT, [each for each, severity in report.findings if severity != "info"]
    assert {each.state for each in report.weights} <= {State.SAME, State.ROUNDED}
    assert remainders(report) == {}
    assert causeless(report) == []
    assert report.left.headline.total == model.count_params()
    assert crossed == []
    assert unnamed(report, path, norms(model)) == []
    return report


@pytest.mark.parametrize("name", EQUIVALENT)
def test_an_export_is_the_same_model(exported, name, record_property):
    report = check_same(*exported(name), record_property)

    assert {each.rule for each, _ in report.findings} >= NAMED.get(name, set())


@pytest.mark.parametrize("name", ["encoder", "group_norm", "separable_text"])
def test_an_export_for_any_size_is_the_same_model(name, tmp_path, monkeypatch, record_property):
    """tf2onnx gives free sizes no names, and computes with them."""
    functional = keras_exports.functional

    def of_any_size(shape, build):
        return functional((*(None for _ in shape[1:]), shape[-1]), build)

    monkeypatch.setattr(keras_exports, "functional", of_any_size)

    check_same(export(MODELS[name](), tmp_path / "free.onnx"), tmp_path / "free.onnx", record_property)


@pytest.mark.parametrize("name", sorted(NOTED))
def test_layers_tell_what_was_undone(exported, name):
    layers = normalise(translate(read(exported(name)[1]))).layers
    notes = "\n".join(note.text for layer in layers for note in layer.notes)

    assert [each for each in NOTED[name] if each not in notes] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ALIKE)
def test_an_export_of_an_application_is_the_same_model(exported, name, record_property):
    assert name in APPLICATIONS
    report = check_same(*exported(name), record_property)

    assert {each.rule for each, _ in report.findings} >= NAMED.get(name, set())


@pytest.mark.slow
def test_inputs_that_tensorflow_leaves_behind(exported):
    """Constants that its optimiser has replaced stay inputs, without which onnxruntime does not run."""
    model, path = exported("EfficientNetB0")

    report = check(model, path)

    errors = [each for each, severity in report.findings if severity == "error"]
    (root,) = [each for each in errors if each.caused_by is None]
    assert root.rule == "input-count"
    assert root.message.count("normalization_1") == 2
    assert {each.caused_by for each in errors if each is not root} == {root.fingerprint}
    assert remainders(report) == {}
    assert {"preprocessing-state", "batch-norm-folded"} <= {each.rule for each, _ in report.findings}


@pytest.mark.parametrize("opset", [12, 13, 17, 18])
@pytest.mark.parametrize("name", ["bn_cnn", "text_cnn"])
def test_the_operator_set_does_not_matter(tmp_path, name, opset, record_property):
    check_same(
        export(MODELS[name](), tmp_path / "net.onnx", opset_version=opset), tmp_path / "net.onnx", record_property
    )


MUTANTS = {
    "plain_cnn": (
        ('Conv2D(8, 3, padding="same"', 'Conv2D(8, 5, padding="same"'),
        ("LeakyReLU(0.1)", "LeakyReLU(0.2)"),
        ('Dense(10, activation="relu"', 'Dense(10, activation="tanh"'),
        ("AveragePooling2D(2)", "MaxPooling2D(2)"),
    ),
    "bn_cnn": (
        ("strides=2", "strides=1"),
        ('x = layers().BatchNormalization(name="after_relu")(x)', "pass"),
        ('x = layers().ReLU()(layers().BatchNormalization(name="after_biased")(x))', "x = layers().ReLU()(x)"),
    ),
    "depthwise_net": (
        ('Activation("hard_swish")', 'Activation("swish")'),
        ("ReLU(6.0)", "ReLU()"),
        ("ZeroPadding2D(((0, 1), (0, 1)))", "ZeroPadding2D(((1, 0), (1, 0)))"),
    ),
    "squeeze_excite": (
        ('activation="sigmoid"', 'activation="hard_sigmoid"'),
        ('Activation("swish")', 'Activation("relu")'),
    ),
    "prelu": (("PReLU(shared_axes=[1, 2]", "PReLU(shared_axes=[1]"), ('PReLU(name="own_slopes")', "LeakyReLU(0.3)")),
    "text_cnn": (("(2, 3, 4)", "(2, 3, 5)"), ("GlobalMaxPooling1D", "GlobalAveragePooling1D")),
    "lstm_text": (("LSTM(6,", "LSTM(7,"), ("LSTM(6,", "LSTM(6, go_backwards=True,"), ("LSTM(6,", "GRU(6,")),
    "gru_text": (
        ("GRU(5,", "GRU(4,"),
        ("reset_after=False", "reset_after=True"),
        ('name="upper"', 'name="upper", go_backwards=True'),
        ("GRU(5,", 'GRU(5, activation="relu",'),
        ('name="lower")(x)', 'name="lower")(x[:, ::-1])'),
    ),
    "bidirectional_text": (
        ("layers().Bidirectional(layers().LSTM(4), name=", "layers().LSTM(8, name="),
        ("LSTM(4)", 'LSTM(4, activation="relu")'),
    ),
    "separable_text": (
        ("SeparableConv1D(8, 3,", "SeparableConv1D(8, 5,"),
        ("SeparableConv1D(8, 3,", "SeparableConv1D(8, 3, depth_multiplier=2,"),
        ('"abde,dec->abc", (None, 6)', '"abde,edc->abc", (None, 6)'),
        ('activation="tanh", name="joined"', 'name="joined"'),
        ('merge_mode="sum"', 'merge_mode="mul"'),
    ),
    "shared": (("again(again(tower(each)))", "again(tower(each))"),),
    "encoder": (
        ("MultiHeadAttention(2, 4,", "MultiHeadAttention(4, 2,"),
        ('LayerNormalization(epsilon=1e-6, name="norm1")', 'LayerNormalization(epsilon=1e-5, name="norm1")'),
        ('layers().LayerNormalization(epsilon=1e-6, name="norm2")(x)', "x"),
        ('activation="silu"', 'activation="relu"'),
        ('layers().MultiHeadAttention(2, 4, name="attention")(h, h)', "h"),
        ('name="attention")(h, h)', 'name="attention")(h, x)'),
        ('name="attention")(h, h)', 'name="attention")(h, h, use_causal_mask=True)'),
    ),
    "group_norm": (("GroupNormalization(4,", "GroupNormalization(2,"), ("(4, name=", "(4, epsilon=1e-5, name=")),
    "u_net": (
        ('layers().UpSampling2D(2, interpolation="nearest")', 'layers().UpSampling2D(2, interpolation="bilinear")'),
        ("layers().Concatenate()([one, up])", "layers().Concatenate()([up, one])"),
    ),
}
"""Changes to the source of a model: what it says, and what the mutant says."""


def mutant(name, old, new):
    """The model whose builder says something else in one place."""
    import inspect

    from tests import keras_exports

    source = inspect.getsource(MODELS[name])
    assert old in source
    scope = dict(vars(keras_exports))
    exec(source.replace(old, new), scope)  # noqa: S102  our own builders
    return scope[name]()


@pytest.mark.parametrize(("name", "old", "new"), [(name, *each) for name, every in MUTANTS.items() for each in every])
def test_a_mutant_is_another_model(exported, name, old, new):
    report = check(mutant(name, old, new), exported(name)[1])

    assert report.verdict is Verdict.DIFFERENT
    assert remainders(report) == {}


@pytest.mark.parametrize("steps", [None, 40])
def test_a_loop_tells_too_little(steps, tmp_path):
    """A loop of any number of turns, or of many that are no plain cell's: that is open, not different."""
    build = keras_exports.layers().GRU(5, recurrent_activation="hard_sigmoid" if steps else "sigmoid")
    model = export(keras_exports.functional((steps, 4), build), tmp_path / "net.onnx")

    report = check(model, tmp_path / "net.onnx")

    assert report.verdict is Verdict.INCONCLUSIVE
    assert remainders(report) == {}
    assert report.left.headline.total == model.count_params()


RECURRENT = {
    "SimpleRNN": ({"activation": "relu", "go_backwards": True}, {"use_bias": False, "return_sequences": True}),
    "GRU": (
        *({"return_sequences": True}, {"reset_after": False, "go_backwards": True}, {"use_bias": False}),
        *({"recurrent_activation": "hard_sigmoid", "unroll": True}, {"recurrent_activation": "hard_sigmoid"}),
    ),
    "LSTM": ({"recurrent_activation": "hard_sigmoid"}, {"activation": "elu", "return_sequences": True}),
}


@pytest.mark.parametrize(("name", "settings"), [(name, each) for name, every in RECURRENT.items() for each in every])
def test_the_turns_of_a_loop_are_a_recurrent_layer(name, settings, tmp_path):
    """TensorFlow goes through a sequence in a loop where no operator of ONNX has the settings of the layer."""

    def net(**settings):
        return keras_exports.functional((4, 3), getattr(keras_exports.layers(), name)(5, **settings))

    model = export(net(**settings), tmp_path / "net.onnx")
    other = net(**settings | {"activation": "softsign"})

    assert check(model, tmp_path / "net.onnx").verdict is Verdict.EQUIVALENT
    assert check(other, tmp_path / "net.onnx").verdict is Verdict.DIFFERENT


CELLS = [
    *(("GRU", each) for each in ({}, {"recurrent_dropout": 0.2}, {"reset_after": False}, {"go_backwards": True})),
    *(("LSTM", each) for each in ({}, {"recurrent_dropout": 0.2})),
    ("SimpleRNN", {}),
]


@pytest.mark.parametrize(
    ("name", "settings", "batch"),
    # One of them stays open: zeros of a free batch, multiplied by the kernel of one gate after the other.
    [(*each, batch) for each in CELLS for batch in (2, None) if batch or each != ("GRU", {"recurrent_dropout": 0.2})],
)
def test_a_function_of_tensorflow_with_a_loop_is_a_recurrent_layer(name, settings, batch, tmp_path):
    import keras
    import tensorflow as tf
    import tf2onnx

    def net(**settings):
        x = keras.Input((3, 4), batch_size=batch)
        return randomised(keras.Model(x, getattr(keras.layers, name)(5, **settings)(x)))

    model = net(**settings)
    given = [tf.TensorSpec((batch, 3, 4), tf.float32)]
    called = tf.function(lambda each: model(each, training=False))
    tf2onnx.convert.from_function(called, input_signature=given, opset=15, output_path=str(tmp_path / "net.onnx"))

    report = check(model, tmp_path / "net.onnx", weights=True)
    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}
    other = check(net(**settings | {"activation": "softsign"}), tmp_path / "net.onnx")
    assert other.verdict is Verdict.DIFFERENT


@pytest.mark.parametrize("name", ["LSTM", "GRU", "SimpleRNN"])
def test_a_loop_that_skips_steps_tells_too_little(name, tmp_path):
    import keras

    layers = keras_exports.layers()
    ids = keras.Input((5,), dtype="int32")
    net = keras.Model(ids, getattr(layers, name)(4)(layers.Embedding(9, 3, mask_zero=True)(ids)))
    model = export(net, tmp_path / "net.onnx")

    assert check(model, tmp_path / "net.onnx").verdict is Verdict.INCONCLUSIVE


FORMS = ("dynamic", "QDQ", "QOperator")


def quantised(path, form, out):
    import numpy as np
    import onnxruntime
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_dynamic,
        quantize_static,
    )

    class Samples(CalibrationDataReader):
        def __init__(self):
            rng, inputs = np.random.default_rng(0), onnxruntime.InferenceSession(path).get_inputs()
            sizes = {each.name: [size if isinstance(size, int) else 1 for size in each.shape] for each in inputs}
            rows = [{name: rng.normal(size=size).astype("float32") for name, size in sizes.items()} for _ in range(3)]
            self.rows = iter(rows)

        def get_next(self):
            return next(self.rows, None)

    if form == "dynamic":
        quantize_dynamic(path, out, weight_type=QuantType.QUInt8)
    else:
        quantize_static(path, out, Samples(), quant_format=QuantFormat[form], per_channel=form == "QDQ")
    return out


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["squeeze_excite", "bn_cnn", "plain_cnn"])
def test_a_quantised_model_is_the_same_but_for_the_rounding(exported, tmp_path, name, form):
    model, path = exported(name)
    made = quantised(path, form, tmp_path / "quantised.onnx")

    for left in (model, path):
        report = check(left, made)
        open_ = [each.rule for each, severity in report.findings if severity != "info"]
        assert (report.verdict, open_) == (Verdict.INCONCLUSIVE, ["quantisation-parameters"])
        assert remainders(report) == {}
    assert check(made, made).verdict is Verdict.EQUIVALENT
    summary = read(made)
    stored = {weight.storage: weight for weight in summary.weights.values()}
    kernels = sum(each.numel for each in stored.values() if len(each.shape) > 1 and each.census.value == "trainable")
    floats = {weight.storage: weight for weight in read(path).weights.values() if len(weight.shape) > 1}
    assert kernels == sum(each.numel for each in floats.values() if each.census.value == "trainable")


@pytest.mark.parametrize("form", FORMS)
def test_a_mutant_of_a_quantised_model_is_another_model(exported, tmp_path, form):
    made = quantised(exported("squeeze_excite")[1], form, tmp_path / "quantised.onnx")

    for old, new in (*MUTANTS["squeeze_excite"], ("Dense(3", "Dense(4")):
        assert check(mutant("squeeze_excite", old, new), made).verdict is Verdict.DIFFERENT


def of_words(dtype, *, rounded=False):
    """A text model whose input has the type that Keras gives one by itself, or whole numbers."""
    import keras

    words = keras.Input((7,), dtype=dtype)
    rows = keras.layers.Embedding(20, 4)(keras.ops.round(words) if rounded else words)
    return keras.Model(words, keras.layers.Dense(2)(keras.layers.GlobalAveragePooling1D()(rows)))


@pytest.mark.parametrize("dtype", ["float32", "int32"])
@pytest.mark.parametrize("tool", ["tf2onnx", "keras"])
def test_words_may_come_in_as_real_numbers(dtype, tool, tmp_path):
    """Keras looks up their whole parts, which a file says."""
    model, path = of_words(dtype), str(tmp_path / "model.onnx")
    if tool == "keras":
        export(model, path)
    else:
        import tf2onnx

        tf2onnx.convert.from_keras(model, opset=17, output_path=path)

    assert check(model, path, weights=True).verdict is Verdict.EQUIVALENT
    if dtype == "float32":
        assert check(of_words(dtype, rounded=True), path).verdict is Verdict.DIFFERENT


def test_an_operator_of_tensorflow_in_a_file_is_all_that_stays_open(tmp_path):
    """What tf2onnx writes of an exact GELU is an operator that ONNX does not have, and is read as what it means."""
    import keras
    import onnx

    start = keras.Input((10, 16))
    mixed = keras.layers.Dense(10)(keras.layers.Dense(20, activation="gelu")(keras.layers.Permute((2, 1))(start)))
    model = keras.Model(start, keras.layers.LayerNormalization()(keras.layers.Permute((2, 1))(mixed) + start))
    export(model, tmp_path / "model.onnx")
    assert "Erfc" in {node.op_type for node in onnx.load(tmp_path / "model.onnx").graph.node}

    report = check(model, tmp_path / "model.onnx", weights=True)

    assert {each.rule for each, severity in report.findings if severity != "info"} == {"part-not-read"}
    assert report.verdict is Verdict.INCONCLUSIVE
    assert {each.state for each in report.weights} == {State.SAME}
