"""Files with the weights of a Keras model and nothing else."""

import h5py
import numpy as np
import pytest

import parity
from parity.adapters import read
from parity.errors import UnreadableModel
from parity.graph import WIRING, Census, Evidence
from parity.kinds import translate


def _model(keras):
    layers = keras.layers
    inner = keras.Sequential([keras.Input((4, 6)), layers.Dense(6, name="deep")], name="inner")
    x = keras.Input((4, 6))
    y = layers.Dropout(0.1, seed=1)(layers.Bidirectional(layers.LSTM(3), name="both")(inner(x)))
    return keras.Model(x, layers.Dense(2, name="top")(y))


def _check(graph, model):
    assert (graph.format, graph.evidence) == ("keras-weights", Evidence.TENSORS)
    assert [node.path for node in graph.nodes] == [row.path for row in graph.layers]
    assert [gap.where for gap in graph.gaps] == [WIRING]
    assert sorted(name for row in graph.layers for name in row.weights) == sorted(graph.weights)
    counted = [each for each in graph.weights.values() if each.census is not Census.RNG]
    assert sum(each.numel for each in counted) == model.count_params()
    assert {(each.census, each.presumed) for each in counted} == {(Census.TRAINABLE, True)}


def test_weights_of_keras_3(tmp_path):
    import keras

    keras.utils.clear_session()
    model = _model(keras)
    model.save_weights(tmp_path / "model.weights.h5")
    graph = read(tmp_path / "model.weights.h5")

    _check(graph, model)
    assert {row.path: row.type for row in graph.layers} == {
        "both": "Bidirectional",
        "deep": "Dense",
        "top": "Dense",
    }
    assert {layer.path: layer.kind for layer in translate(graph).layers} == {
        "both:forward": "lstm",
        "both:backward": "lstm",
        "deep": "dense",
        "top": "dense",
    }
    assert graph.weights["both/forward_layer/cell/0"].shape == (6, 12)
    assert parity.compare(tmp_path / "model.weights.h5", tmp_path / "model.weights.h5").verdict == "inconclusive"


@pytest.mark.parametrize("name", ["model.weights.h5", "model.h5"])
def test_weights_of_keras_2(tmp_path, name):
    import tf_keras

    tf_keras.backend.clear_session()
    model = _model(tf_keras)
    model.save_weights(tmp_path / name)
    graph = read(tmp_path / name)

    _check(graph, model)
    if name == "model.h5":
        assert graph.producer == f"Keras {tf_keras.__version__}, weights"
        assert [row.path for row in graph.layers] == ["inner/deep", "both", "top"]
        assert [layer.kind for layer in translate(graph).layers] == ["dense", "lstm", "lstm", "dense"]
        assert graph.weights["top/kernel"].shape == (6, 2)
        assert graph.weights["inner/deep/kernel"].shape == (6, 6)


def test_weights_of_a_subclassed_model(tmp_path):
    import keras

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = keras.layers.Dense(2)
            self.second = keras.Sequential([keras.layers.Dense(3)])

        def call(self, x):
            return self.second(self.first(x))

    model = Own()
    model(keras.ops.ones((1, 3)))
    model.save_weights(tmp_path / "model.weights.h5")

    _check(read(tmp_path / "model.weights.h5"), model)


def test_optimizer_is_not_the_model(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(keras.ops.ones((4, 3)), keras.ops.ones((4, 2)), verbose=0)
    model.save_weights(tmp_path / "model.weights.h5")
    model.save(tmp_path / "model.h5")

    for name in ("model.weights.h5", "model.h5"):
        assert sum(each.numel for each in read(tmp_path / name).weights.values()) == 8


def test_no_weights_at_all(tmp_path):
    with h5py.File(tmp_path / "model.weights.h5", "w") as file:
        file.create_group("vars")

    with pytest.raises(UnreadableModel, match="the file holds no weights"):
        read(tmp_path / "model.weights.h5")


def test_name_that_is_no_text(tmp_path):
    with h5py.File(tmp_path / "model.weights.h5", "w") as file:
        file.create_group("vars")
        file.create_dataset("layers/dense/vars/0", (3, 2), "float32")
        sequences = np.empty(1, dtype=object)  # h5py crashes on damaged ones
        sequences[0] = np.array([1, 2], "uint8")
        file["layers/dense/vars"].attrs.create("name", sequences, dtype=h5py.vlen_dtype("uint8"))

    assert list(read(tmp_path / "model.weights.h5").weights) == ["layers/dense/0"]
