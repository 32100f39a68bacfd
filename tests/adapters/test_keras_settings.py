"""Settings of Keras layers that act in training, how numbers are kept, and what stands beside the weights."""

import numpy as np
import pytest

import parity
from parity.adapters import read
from parity.kinds import translate


def net(shape, layer, *more):
    import keras

    return keras.Sequential([keras.Input(shape), layer, *more])


def constraints():
    """Layers with a constraint on each weight that may have one: shape, class, settings, the constraint's setting."""
    return {
        "kernel max norm": ((4,), "Dense", {"units": 2}, "kernel_constraint", "MaxNorm", {"max_value": 0.5}),
        "kernel min max": ((4,), "Dense", {"units": 2}, "kernel_constraint", "MinMaxNorm", {"min_value": 0.1}),
        "bias": ((4,), "Dense", {"units": 2}, "bias_constraint", "NonNeg", {}),
        "convolution": ((6, 6, 3), "Conv2D", {"filters": 2, "kernel_size": 3}, "kernel_constraint", "UnitNorm", {}),
        "transposed": ((6, 3), "Conv1DTranspose", {"filters": 2, "kernel_size": 3}, "bias_constraint", "NonNeg", {}),
        "depthwise": ((6, 6, 3), "DepthwiseConv2D", {"kernel_size": 3}, "depthwise_constraint", "UnitNorm", {}),
        "separable": (
            *((6, 6, 3), "SeparableConv2D", {"filters": 2, "kernel_size": 3}),
            *("depthwise_constraint", "NonNeg", {}),
        ),
        "pointwise": (
            *((6, 6, 3), "SeparableConv2D", {"filters": 2, "kernel_size": 3}),
            *("pointwise_constraint", "NonNeg", {}),
        ),
        "gamma": ((4,), "BatchNormalization", {}, "gamma_constraint", "NonNeg", {}),
        "beta": ((4,), "LayerNormalization", {}, "beta_constraint", "NonNeg", {}),
        "groups": ((6, 4), "GroupNormalization", {"groups": 2}, "gamma_constraint", "UnitNorm", {}),
        "embeddings": ((5,), "Embedding", {"input_dim": 9, "output_dim": 3}, "embeddings_constraint", "UnitNorm", {}),
        "recurrent": ((5, 3), "LSTM", {"units": 2}, "recurrent_constraint", "MaxNorm", {}),
        "inputs of a gru": ((5, 3), "GRU", {"units": 2}, "kernel_constraint", "NonNeg", {}),
        "slope": ((4,), "PReLU", {}, "alpha_constraint", "NonNeg", {}),
        "attention": ((5, 4), "MultiHeadAttention", {"num_heads": 1, "key_dim": 4}, "kernel_constraint", "NonNeg", {}),
        "equation": (
            *((5, 4), "EinsumDense", {"equation": "abc,cd->abd", "output_shape": (None, 2)}),
            *("kernel_constraint", "NonNeg", {}),
        ),
    }


def made(shape, name, settings):
    import keras

    layer, x = getattr(keras.layers, name)(**settings), keras.Input(shape)
    return keras.Model(x, layer(x, x) if name == "MultiHeadAttention" else layer(x))


@pytest.mark.parametrize("case", sorted(constraints()))
@pytest.mark.parametrize("saving", [False, True], ids=["live", "file"])
def test_a_constraint_is_a_difference_of_training(case, saving, tmp_path):
    import keras

    shape, name, settings, where, constraint, given = constraints()[case]

    def bounded(**more):
        return made(shape, name, {**settings, where: getattr(keras.constraints, constraint)(**{**given, **more})})

    left, right = bounded(), made(shape, name, settings)
    if saving:
        for model, to in ((left, "left"), (right, "right")):
            model.save(tmp_path / f"{to}.keras")
        left, right = tmp_path / "left.keras", tmp_path / "right.keras"
    for profile in ("train", "exact"):
        report = parity.compare(left, right, profile=profile)
        assert report.verdict == "different"
        rules = {each.rule for each, severity in report.findings if severity != "info"}
        assert rules <= {"weight-constraint", "activity-regularizer"}
    assert parity.compare(left, right, profile="inference").verdict == "equivalent"
    assert parity.compare(left, left, profile="exact").verdict == "equivalent"


def test_constraints_with_other_settings_are_others():
    import keras

    def bounded(**settings):
        constraint = keras.constraints.MaxNorm(**settings)
        return net((6, 6, 3), keras.layers.Conv2D(2, 3, kernel_constraint=constraint))

    assert parity.compare(bounded(axis=0), bounded(axis=[0, 1, 2])).verdict == "different"
    assert parity.compare(bounded(max_value=2), bounded(max_value=3)).verdict == "different"
    assert parity.compare(bounded(max_value=2), bounded()).verdict == "equivalent"


def test_a_constraint_of_the_users_own_may_do_anything():
    import keras

    class Mine(keras.constraints.Constraint):
        def __call__(self, w):
            return w

    def bounded():
        return net((4,), keras.layers.Dense(2, kernel_constraint=Mine()))

    assert parity.compare(bounded(), bounded(), profile="train").verdict == "inconclusive"
    assert parity.compare(bounded(), bounded(), profile="inference").verdict == "equivalent"


def test_the_weights_of_a_constrained_layer_end_elsewhere():
    import keras

    def trained(**settings):
        keras.utils.set_random_seed(0)
        model = net((4,), keras.layers.Dense(2, **settings))
        numbers = np.random.default_rng(0)
        x, y = (numbers.standard_normal((32, size)).astype("float32") for size in (4, 2))
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.fit(x, y * 3, epochs=2, shuffle=False, verbose=0)
        return model.predict(x, verbose=0)

    plain = trained()
    for settings in (
        {"kernel_constraint": "non_neg"},
        {"bias_constraint": "non_neg"},
        {"activity_regularizer": "l2"},
    ):
        assert not np.allclose(plain, trained(**settings), atol=1e-4)


@pytest.mark.parametrize(
    "layer",
    [
        lambda k, given: k.Dense(2, **given),
        lambda k, given: k.Conv1D(2, 3, **given),
        lambda k, given: k.LSTM(2, **given),
        lambda k, given: k.Activation("relu", **given),
        lambda k, given: k.Activation("linear", **given),
        lambda k, given: k.Bidirectional(k.GRU(2, **given)),
        lambda k, given: k.TimeDistributed(k.Dense(2, **given)),
    ],
    ids=["dense", "conv", "lstm", "activation", "linear", "bidirectional", "steps"],
)
def test_a_penalty_on_what_a_layer_gives_is_a_difference_of_training(layer):
    import keras

    left, right = (net((5, 3), layer(keras.layers, given)) for given in ({"activity_regularizer": "l2"}, {}))

    assert parity.compare(left, right, profile="train").verdict == "different"
    assert parity.compare(left, right, profile="inference").verdict == "equivalent"
    assert parity.compare(left, left).verdict == "equivalent"


def test_what_a_training_of_pytorch_may_do_is_not_decided():
    import keras
    from torch import nn

    right = nn.Sequential(nn.Linear(4, 2))
    for settings in ({"kernel_constraint": "non_neg"}, {"activity_regularizer": "l2"}):
        left = net((4,), keras.layers.Dense(2, **settings))
        assert parity.compare(left, right, right_inputs=[(1, 4)], profile="train").verdict == "inconclusive"
        assert parity.compare(left, right, right_inputs=[(1, 4)], profile="inference").verdict == "equivalent"


@pytest.mark.parametrize("name", ["depthwise_regularizer", "pointwise_regularizer"])
def test_regularizers_of_both_kernels_of_a_separable_convolution(name):
    import keras

    left, right = (net((6, 6, 3), keras.layers.SeparableConv2D(2, 3, **given)) for given in ({name: "l2"}, {}))

    assert parity.compare(left, right).verdict == "different"
    assert parity.compare(left, left).verdict == "equivalent"


@pytest.mark.parametrize("where", ["layer", "backward_layer"])
def test_the_layer_that_runs_backwards_has_settings_of_its_own(where):
    import keras

    def both(constrained):
        given = {name: {"kernel_constraint": "non_neg"} if name == constrained else {} for name in ("layer", where)}
        forward, backward = (keras.layers.LSTM(2, **given.get(name, {})) for name in ("layer", "backward_layer"))
        backward = keras.layers.LSTM.from_config({**backward.get_config(), "go_backwards": True})
        return net((5, 3), keras.layers.Bidirectional(forward, backward_layer=backward))

    assert parity.compare(both(where), both("")).verdict == "different"
    assert parity.compare(both(where), both(where)).verdict == "equivalent"


POLICIES = ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16"]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("saving", [False, True], ids=["live", "file"])
def test_a_dtype_policy_is_named(policy, saving, tmp_path):
    import keras

    left, right = (net((4,), keras.layers.Dense(8, dtype=each), keras.layers.ReLU()) for each in (policy, "float32"))
    if saving:
        for model, to in ((left, "left"), (right, "right")):
            model.save(tmp_path / f"{to}.keras")
        left, right = tmp_path / "left.keras", tmp_path / "right.keras"

    assert parity.compare(left, right, profile="exact").verdict == "different"
    found = parity.compare(left, right, profile="inference")
    assert found.verdict == "equivalent"
    said = next(each for each, _ in found.findings if each.rule == "computed-in-other-precision")
    assert (said.left_value, said.right_value) == (policy.removeprefix("mixed_"), "float32")
    assert parity.compare(left, left, profile="exact").verdict == "equivalent"


def test_a_quantised_model_computes_otherwise():
    import keras

    left, right = (net((4,), keras.layers.Dense(8)) for _ in range(2))
    left.quantize("int8")

    found = parity.compare(left, right, profile="exact")

    assert found.verdict != "equivalent"  # a quantised kernel is undecided by itself
    assert "computed-in-other-precision" in {each.rule for each, _ in found.findings}


def adapted():
    """Layers that take adapters: shape, class, settings."""
    return {
        "dense": ((4,), "Dense", {"units": 6}),
        "einsum": ((5, 4), "EinsumDense", {"equation": "abc,cd->abd", "output_shape": (None, 6), "bias_axes": "d"}),
        "embedding": ((5,), "Embedding", {"input_dim": 9, "output_dim": 6}),
        "conv": ((6, 6, 3), "Conv2D", {"filters": 6, "kernel_size": 3}),
        "conv of a sequence": ((6, 3), "Conv1D", {"filters": 6, "kernel_size": 3}),
    }


@pytest.mark.parametrize("case", sorted(adapted()))
@pytest.mark.parametrize("form", ["live", "keras", "h5"])
def test_adapters_are_counted_and_compared(case, form, tmp_path):
    import keras

    shape, name, settings = adapted()[case]
    left, right = (made(shape, name, settings) for _ in range(2))
    left.layers[1].enable_lora(2)
    trained, frozen = (
        sum(int(np.prod(each.shape)) for each in found)
        for found in (left.trainable_variables, left.non_trainable_variables)
    )
    if form != "live":
        left.save(tmp_path / f"left.{form}")
        right.save(tmp_path / f"right.{form}")
        left, right = (tmp_path / f"{side}.{form}" for side in ("left", "right"))
        if form == "keras":
            again = keras.models.load_model(left)
            assert sum(int(np.prod(each.shape)) for each in again.trainable_variables) == trained

    headline = parity.summary(left).side.headline

    assert (headline.trainable, headline.non_trainable) == (trained, frozen)
    report = parity.compare(left, right, profile="train")
    assert report.verdict == "different"
    assert {"low-rank-adapters", "frozen-layer"} <= {each.rule for each, _ in report.findings}
    assert parity.compare(left, left).verdict == "equivalent"
    graph = translate(read(left))
    assert "opaque" not in {layer.kind for layer in graph.layers}


@pytest.mark.parametrize("nested", [False, True])
def test_states_of_metrics_and_optimizers_are_no_weights(nested, tmp_path):
    tf_keras = pytest.importorskip("tf_keras")

    layers = tf_keras.layers
    model = tf_keras.Sequential([layers.Input((8,)), layers.Dense(4)])
    if nested:
        model.compile("adam", "mse", metrics=["mae"])
        model.fit(np.zeros((2, 8)), np.zeros((2, 4)), verbose=0)
        model = tf_keras.Sequential([layers.Input((8,)), model])
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.zeros((2, 8)), np.zeros((2, 4)), verbose=0)
    for form in ("keras", "h5"):
        model.save(tmp_path / f"model.{form}")

    for form in ("keras", "h5"):
        assert parity.summary(tmp_path / f"model.{form}").side.headline.total == model.count_params()
    assert parity.compare(tmp_path / "model.keras", tmp_path / "model.h5").verdict == "equivalent"


def test_what_tensorflow_saves_of_a_frozen_layer_is_presumed(tmp_path):
    import keras
    import tensorflow as tf

    model = net((4,), keras.layers.Dense(3, trainable=False), keras.layers.Dense(2))
    tf.saved_model.save(model, tmp_path / "saved")

    assert parity.summary(tmp_path / "saved").side.presumed


def replaced(k):
    layer = k.Dense(3)
    layer.call = lambda x: x * 2
    return layer


def posing(k):
    def relu(x):
        return x * 2

    relu.__module__ = "keras.src.activations.activations"
    return k.Dense(3, activation=relu)


def inside(k):
    layer = k.LSTM(3)
    layer.cell.call = lambda _, states, **__: (states[0], states)
    return layer


def patched(k):
    class Dense(k.Dense):
        def call(self, x):
            return x * 2

    Dense.__module__ = "keras.src.layers.core.dense"
    return Dense(3)


@pytest.mark.parametrize("build", [replaced, posing, patched, inside])
def test_a_layer_that_is_not_what_its_configuration_says(build):
    import keras

    altered = build(keras.layers)
    plain = keras.layers.LSTM(3) if build is inside else keras.layers.Dense(3)
    if build is posing:
        plain = keras.layers.Dense(3, activation="relu")

    def model(layer):
        x = keras.Input((5, 3))
        return keras.Model(x, layer(x))

    assert parity.compare(model(altered), model(plain), profile="inference").verdict == "inconclusive"
    assert parity.compare(model(plain), model(plain)).verdict == "equivalent"
