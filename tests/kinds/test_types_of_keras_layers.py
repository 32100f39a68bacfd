"""The types that layers of Keras make of whole numbers and truth values, whatever type Keras records."""

import re
from functools import partial

import numpy as np
import pytest

from parity.adapters import read
from parity.kinds import translate
from parity.kinds._number_types import made_type
from parity.kinds._output_types import KEEPING_ANY, LAYERS

keras, tf = pytest.importorskip("keras"), pytest.importorskip("tensorflow")

TWO = {"Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"}
SETTINGS = {
    **{name: {"rate": 0.1} for name in ("AlphaDropout", "Dropout", "GaussianDropout")},
    **{f"SpatialDropout{rank}D": {"rate": 0.1} for rank in (1, 2, 3)},
    **{f"Adaptive{kind}Pooling{rank}D": {"output_size": 1} for kind in ("Average", "Max") for rank in (1, 2, 3)},
    "Activation": {"activation": "relu"},
    "CategoryEncoding": {"num_tokens": 5},
    "CenterCrop": {"height": 2, "width": 2},
    "Dense": {"units": 2},
    "Discretization": {"bin_boundaries": [0.0, 1.0]},
    "Dot": {"axes": 1},
    "Embedding": {"input_dim": 5, "output_dim": 2},
    "GaussianNoise": {"stddev": 0.1},
    "Normalization": {"mean": 0.0, "variance": 1.0},
    "RepeatVector": {"n": 2},
    "Rescaling": {"scale": 1.0},
    "Reshape": {"target_shape": (-1,)},
    "Resizing": {"height": 2, "width": 3},
}
RANKS = {"RandomGrayscale": 2, "RepeatVector": 0, "Resizing": 2}
APART = {"Layer", "Solarization", "STFTSpectrogram"}
"""What computes nothing, what Keras 3.15 cannot save, and what asks for SciPy."""

NOT_COMPUTED = {"AdaptiveMaxPooling3D", "MaxPooling3D"}
"""TensorFlow has no kernel of these for whole numbers on a CPU."""

REFUSED = tf.errors.OpError, TypeError, ValueError
"""How kernels of TensorFlow refuse a type."""

REAL = {"float16", "float32", "float64"}


def layers():
    found = ((name, getattr(keras.layers, name)) for name in dir(keras.layers))
    kinds = ((name, each) for name, each in found if isinstance(each, type) and issubclass(each, keras.layers.Layer))
    return sorted(name for name, each in kinds if name == each.__name__ and name not in APART)


def model(name, dtype, **settings):
    rank = re.search(r"(\d)D$", name)
    axes = RANKS.get(name, int(rank[1]) if rank else 1)
    channels = 3 if name == "RandomGrayscale" else 2
    sizes = {"Permute": {"dims": (2, 1)}}
    x = keras.Input((4,) * axes + (channels,), dtype=dtype, batch_size=2)
    layer = getattr(keras.layers, name)(**(settings or SETTINGS.get(name, {}) or sizes.get(name, {})))
    return keras.Model(x, layer([x, x] if name in TWO else x))


def told(model):
    return translate(read(model)).output_types[0]


def made(model, dtype):
    """The type of what comes out; None where TensorFlow does not compute that."""
    try:
        return np.asarray(model(np.ones(model.inputs[0].shape, dtype))).dtype.name
    except REFUSED:
        return None


@pytest.mark.parametrize("dtype", ["int32", "int64", "bool"])
@pytest.mark.parametrize("name", sorted(LAYERS))
def test_the_type_is_that_of_what_comes_out(name, dtype, tmp_path):
    keeping = model(name, dtype)
    truth = made(keeping, dtype)
    files = [tmp_path / "model.keras", tmp_path / "model.h5"]
    for file in files:
        keeping.save(file)

    assert truth == dtype or (dtype == "bool" and name not in KEEPING_ANY) or name in NOT_COMPUTED
    for each in (keeping, *files):
        assert truth is None or told(each) in {truth, None}
        assert truth != dtype or told(each) == dtype


@pytest.mark.parametrize("dtype", ["int32", "int64", "bool"])
def test_no_layer_is_told_to_make_what_it_does_not(dtype, tmp_path):
    computed = [each for each in map(partial(layer_that_computes, dtype=dtype), layers()) if each is not None]
    for name, each, truth in computed:
        each.save(tmp_path / f"{name}.h5")
        for found in (told(each), told(tmp_path / f"{name}.h5")):
            assert found in {truth, None} or {truth, found} <= REAL, name
    assert len(computed) > 50


def layer_that_computes(name, dtype):
    """A layer that takes one such input, and the type that comes out; None for any other one."""
    try:
        found = model(name, dtype)
    except (TypeError, ValueError):  # it asks for settings, for another rank or for several inputs
        return None
    truth = made(found, dtype) if isinstance(found.output, keras.KerasTensor) else None
    return None if truth is None else (name, found, truth)


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_real_numbers_are_real(name):
    assert told(model(name, "float32")) == "float32"


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("ReLU", {"negative_slope": 0.5}),
        ("ReLU", {"max_value": 6.0}),
        ("Activation", {"activation": "tanh"}),
        ("Activation", {"activation": "leaky_relu"}),
        ("Activation", {"activation": "linear"}),
        ("Activation", {"activation": "relu6"}),
    ],
    ids=str,
)
def test_activations_that_multiply_make_real_numbers(name, settings, tmp_path):
    activation = model(name, "int64", **settings)
    truth = made(activation, "int64")
    activation.save(tmp_path / "model.h5")
    assert told(activation) == truth
    assert told(tmp_path / "model.h5") in {truth, None}


@pytest.mark.parametrize("then", [lambda x: x + x, lambda x: x[:, 1:], lambda x: keras.ops.maximum(x, 2), lambda x: -x])
def test_what_operations_make_of_them_is_whole_too(then, tmp_path):
    x = keras.Input((4,), dtype="int32", batch_size=2)
    added = keras.Model(x, then(keras.layers.Add()([x, x])))
    added.save(tmp_path / "model.keras")

    assert np.asarray(added(np.ones((2, 4), "int32"))).dtype == "int32"
    for each in (added, tmp_path / "model.keras"):
        assert told(each) == "int32"


NO_FUNCTION = {"deserialize", "get", "serialize"}
ACTIVATIONS = sorted(name for name, each in vars(keras.activations).items() if callable(each) and name.islower())
ACTIVATED = [
    *(("Activation", {"activation": name}) for name in ACTIVATIONS if name not in NO_FUNCTION),
    *((name, {}) for name in ("ELU", "LeakyReLU", "ReLU", "Softmax")),
    ("ReLU", {"negative_slope": 0.1}),
    ("ReLU", {"max_value": 6.0}),
    ("ReLU", {"threshold": 1.0}),
]


def placed(name, settings):
    """An activation of the places of maxima, and the type that it makes; None where Keras refuses whole numbers."""
    x = keras.Input((4, 3), batch_size=2)
    try:
        found = keras.Model(x, getattr(keras.layers, name)(**settings)(keras.ops.argmax(x, axis=1)))
        return found, np.asarray(found(np.ones((2, 4, 3), "float32"))).dtype.name
    except (*REFUSED, AttributeError):  # some of Keras' activations ask a tensor for its data
        return None


def test_activations_of_places_make_what_keras_makes(tmp_path):
    computed = [(each, made) for each, made in ((each, placed(*each)) for each in ACTIVATED) if made is not None]
    for layer, (each, truth) in computed:
        each.save(tmp_path / "model.keras")
        for source in (each, tmp_path / "model.keras"):
            last = translate(read(source)).layers[-1]
            assert told(source) == truth, layer
            assert last.attributes.get("function") == "argmax" or made_type(last, ["int32"]) == truth, layer
    assert len(computed) > 10
