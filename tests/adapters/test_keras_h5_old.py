"""Files that Keras 2 writes: the same graphs from .h5 as from its .keras archives, and its own counts."""

import json
from typing import Any

import h5py
import keras_samples
import pytest
import seed_models
from keras_files import assert_counts, assert_same_files, save_both

import parity
from parity.adapters import read
from parity.adapters.keras._classes import LAYERS
from parity.graph import Evidence, Framework


@pytest.fixture(scope="module")
def old():
    import tf_keras

    return tf_keras


@pytest.fixture
def _seeds_in_keras_2(old, monkeypatch):
    def fresh() -> Any:
        old.backend.clear_session()
        return old

    monkeypatch.setattr(seed_models, "_keras", fresh)


@pytest.mark.usefixtures("_seeds_in_keras_2")
@pytest.mark.parametrize("name", [name for name in seed_models.KERAS if name != "bert-bilstm"])  # it has keras.ops
def test_models_that_people_asked_about(name, tmp_path):
    model = seed_models.KERAS[name](**seed_models.SMALL.get(name, {}))
    h5, archive = save_both(model, tmp_path)

    assert_counts(read(h5), model)
    assert_same_files(h5, archive)


@pytest.mark.parametrize("name", keras_samples.SAMPLES)
def test_nesting_sharing_freezing_and_wrappers(name, old, tmp_path):
    old.backend.clear_session()
    model = keras_samples.SAMPLES[name](old)
    h5, archive = save_both(model, tmp_path)

    if name != "half_frozen":  # Keras 2 records one flag for both halves
        assert_counts(read(h5), model)
    assert_same_files(h5, archive)
    assert read(h5).gaps == ()


def test_tensors_in_keywords(old, tmp_path):
    old.backend.clear_session()
    model = keras_samples.attention(old)
    h5, _ = save_both(model, tmp_path)
    graph = read(h5)

    assert_counts(graph, model)
    node = next(node for node in graph.nodes if node.path == "attention")
    assert node.inputs == {"0": "x:0", "1": "y:0"}
    assert node.attributes["__inputs__"] == ("0", "value")
    assert graph.weights[node.weights["key_dense/0"]].storage.endswith("attention/key/kernel:0")


def test_operations_of_tensorflow(old, tmp_path):
    import tensorflow as tf

    old.backend.clear_session()
    x, y = old.Input((4,), name="x"), old.Input((4,), name="y")
    made = tf.concat([x + y, 1.0 - x, x * 2], axis=-1)[:, 0:3]
    old.Model([x, y], tf.nn.relu(made)).save(tmp_path / "model.h5")
    nodes = {node.path: node for node in read(tmp_path / "model.h5").nodes}

    assert [node.op for node in nodes.values()] == ["TFOpLambda"] * 4 + ["SlicingOpLambda", "TFOpLambda"]
    assert tuple(nodes["tf.__operators__.add"].inputs.values()) == ("x:0", "y:0")
    assert nodes["tf.math.subtract"].attributes["__call__"] == {"0": 1.0}
    assert nodes["tf.math.subtract"].attributes["__inputs__"] == ("y",)
    assert nodes["tf.math.multiply"].attributes["__call__"] == {"y": 2}
    assert len(nodes["tf.concat"].inputs) == 3
    assert nodes["tf.concat"].attributes["__call__"] == {"axis": -1}


@pytest.mark.parametrize("name", ["ResNet50", "MobileNetV2"])
def test_applications(name, old, tmp_path):
    import keras

    old.backend.clear_session()
    options = {"weights": None, "input_shape": (32, 32, 3), "classes": 10}
    model = getattr(old.applications, name)(**options)
    model.save(tmp_path / "old.h5")
    graph = read(tmp_path / "old.h5")

    assert_counts(graph, model)
    assert (graph.framework, graph.format, graph.evidence) == (Framework.KERAS, "keras-h5", Evidence.GRAPH)
    assert (graph.producer, graph.gaps) == (f"Keras {old.__version__} (h5), functional", ())
    own = {row.path: sum(graph.weights[each].numel for each in row.weights) for row in graph.layers}
    assert own == {layer.name: layer.count_params() for layer in model.layers}
    if name == "MobileNetV2":  # ResNet50 would take long
        keras.utils.clear_session()
        getattr(keras.applications, name)(**options).save(tmp_path / "new.keras")
        report = parity.compare(tmp_path / "old.h5", tmp_path / "new.keras")
        assert report.left.headline == report.right.headline


def test_shared_across_models_is_counted_once(old, tmp_path):
    old.backend.clear_session()
    inner = old.Sequential([old.Input((4,)), old.layers.Dense(4, name="dense")], name="inner")
    middle = old.Sequential([old.Input((4,)), inner, old.layers.ReLU(name="relu")], name="middle")
    x = old.Input((4,))
    model = old.Model(x, [middle(x), inner(x)])
    h5, _ = save_both(model, tmp_path)

    assert_counts(read(h5), model)


def test_every_layer_of_keras_is_known_by_name(old):
    import keras

    for package in (keras.layers, old.layers):
        found = {name for name, each in vars(package).items() if isinstance(each, type) and name[0].isupper()}
        assert found - LAYERS - {"InputSpec"} == set()


def _keras_1(file: h5py.File) -> None:
    """As Keras 1 wrote: no version, names of weights without folders, calls with three parts."""
    first = {"name": "dense_1", "output_dim": 4, "activation": "relu", "trainable": True}
    second = {"name": "dense_2", "output_dim": 2, "activation": "linear", "trainable": True}
    given = {"batch_input_shape": [None, 3], "input_dtype": "float32", "sparse": False, "name": "input_1"}
    layers = [
        {"class_name": "InputLayer", "config": given, "name": "input_1", "inbound_nodes": []},
        {"class_name": "Dense", "config": first, "name": "dense_1", "inbound_nodes": [[["input_1", 0, 0]]]},
        {"class_name": "Dense", "config": second, "name": "dense_2", "inbound_nodes": [[["dense_1", 0, 0]]]},
    ]
    ends = {"input_layers": [["input_1", 0, 0]], "output_layers": [["dense_2", 0, 0]]}
    config = {"class_name": "Model", "config": {"name": "model_1", "layers": layers, **ends}}
    file.attrs["model_config"] = json.dumps(config).encode()
    _weights(file, {"input_1": {}, "dense_1": {"W": (3, 4), "b": (4,)}, "dense_2": {"W": (4, 2), "b": (2,)}})


def _weights(file: h5py.File, layers: dict[str, dict[str, tuple[int, ...]]]) -> None:
    group = file.create_group("model_weights")
    group.attrs["layer_names"] = [name.encode() for name in layers]
    for name, weights in layers.items():
        inner = group.create_group(name)
        inner.attrs["weight_names"] = [f"{name}_{each}".encode() for each in weights]
        for each, shape in weights.items():
            inner.create_dataset(f"{name}_{each}", shape, "float32")


def test_keras_1_is_read_but_its_settings_are_not_interpreted(tmp_path):
    with h5py.File(tmp_path / "model.h5", "w") as file:
        _keras_1(file)
    graph = read(tmp_path / "model.h5")

    assert graph.producer == "Keras 1 (h5), functional"
    assert [node.path for node in graph.nodes] == ["dense_1", "dense_2"]
    assert graph.weights["dense_1/0"].shape == (3, 4)
    assert graph.values[graph.inputs[0]].shape == (None, 3)
    assert [gap.where for gap in graph.gaps] == ["settings"]
    summary = parity.summary(tmp_path / "model.h5")
    assert summary.side.headline.total == 26
    assert [row.formula for row in summary.rows] == ["", "", ""]


def test_sequential_model_as_a_bare_list(tmp_path):
    config = [
        {
            "class_name": "Dense",
            "config": {"name": "d1", "units": 4, "batch_input_shape": [None, 3], "trainable": True},
        },
        {"class_name": "Dense", "config": {"name": "d2", "units": 2, "trainable": False}},
    ]
    with h5py.File(tmp_path / "model.h5", "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": config})
        file.attrs["keras_version"] = "2.1.6"
        _weights(file, {"d1": {"kernel": (3, 4), "bias": (4,)}, "d2": {"kernel": (4, 2), "bias": (2,)}})
    side = parity.summary(tmp_path / "model.h5").side

    assert (side.producer, side.headline.total) == ("Keras 2.1.6 (h5), Sequential", 26)
    assert (side.headline.trainable, side.headline.non_trainable) == (16, 10)
    assert read(tmp_path / "model.h5").values["input:0"].shape == (None, 3)


def test_a_model_loaded_twice_has_other_numbers_in_the_names_of_its_weights(tmp_path):
    dense = {"class_name": "Dense", "config": {"name": "conv", "units": 4, "trainable": True}}
    other = {"class_name": "Dense", "config": {"name": "conv_b", "units": 4, "trainable": True}}
    inner = {"class_name": "Sequential", "config": {"name": "inner", "layers": [dense, other]}}
    with h5py.File(tmp_path / "model.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(
            {"class_name": "Sequential", "config": {"name": "net", "layers": [inner]}}
        )
        file.attrs["keras_version"] = "2.2.4"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"inner"]
        names = ["conv_1/kernel:0", "conv_b_1/kernel:0", "conv_1/bias:0"]
        group.create_group("inner").attrs["weight_names"] = [name.encode() for name in names]
        for name, shape in zip(names, [(3, 4), (4, 4), (4,)], strict=True):
            group["inner"].create_dataset(name, shape, "float32")
    graph = read(tmp_path / "model.h5")

    assert {name: each.shape for name, each in graph.weights.items()} == {
        "inner/conv/0": (3, 4),
        "inner/conv/1": (4,),
        "inner/conv_b/0": (4, 4),
    }
    assert graph.gaps == ()


@pytest.mark.parametrize("ending", ["h5", "keras", "json"])
def test_a_hard_sigmoid_is_that_of_its_time(old, tmp_path, ending):
    """Keras 3 loads such a file without a word and returns other numbers."""
    import keras
    import numpy as np

    def net(package):
        layers = package.layers
        given = package.Input((6,))
        return package.Model(given, layers.Activation("hard_sigmoid")(layers.Dense(4, activation="tanh")(given)))

    old.backend.clear_session()
    left, right = net(old), net(keras)
    files = [tmp_path / f"{name}.{ending}" for name in ("left", "right")]
    for model, path in zip((left, right), files, strict=True):
        path.write_text(model.to_json()) if ending == "json" else model.save(path)
    right.set_weights(left.get_weights())
    x = np.random.default_rng(4).normal(size=(64, 6)).astype("float32")
    away = np.abs(left.predict(x, verbose=0) - right.predict(x, verbose=0)).max()

    found = {each.rule: each for each, _ in parity.compare(*files).findings}
    assert away > 1e-3
    assert found["hard-sigmoid-form"].left_value == "clip(0.2 * x + 0.5, 0, 1)"
    assert "hard-sigmoid-form" not in {each.rule for each, _ in parity.compare(files[0], files[0]).findings}
