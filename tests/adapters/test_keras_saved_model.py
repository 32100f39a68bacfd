"""TensorFlow SavedModel folders: of Keras 2 with its notes, and bare ones."""

import random
import shutil
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

import parity
from parity.adapters import read
from parity.errors import ParityError, UnreadableModel
from parity.graph import Census, Evidence
from parity.kinds import translate


def _layers(k):
    image, number = k.Input((8, 8, 3), name="image"), k.Input((4,), name="number")
    x = k.layers.Conv2D(4, 3, strides=2, padding="same", name="conv")(image)
    x = k.layers.BatchNormalization(name="norm")(x)
    inner = k.Sequential([k.Input((4, 4, 4)), k.layers.Conv2D(5, 1, name="deep"), k.layers.ReLU()], name="inner")
    x = k.layers.GlobalAveragePooling2D()(inner(x))
    shared = k.layers.Dense(4, name="shared", trainable=False)
    y = k.layers.Concatenate()([x, shared(shared(number))])
    y = k.layers.Reshape((1, 9))(y)
    y = k.layers.Bidirectional(k.layers.LSTM(3, return_sequences=True), name="both")(y)
    y = k.layers.GRU(2, name="gru")(y)
    return k.Model([image, number], [k.layers.Dense(5, activation="softmax", name="top")(y), x])


@pytest.fixture(scope="module")
def of_keras_2(tmp_path_factory):
    import tf_keras

    tf_keras.backend.clear_session()
    folder, model = tmp_path_factory.mktemp("saved") / "model", _layers(tf_keras)
    model.compile("adam", "mse")
    model.save(folder, save_format="tf")
    model.save(folder.with_suffix(".h5"))
    return folder, model


def _plain(value):
    """Without where a class is from, which a folder does not note."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items() if key not in {"module", "registered_name"}}
    return value


def test_a_folder_of_keras_2_is_the_model_of_its_h5(of_keras_2):
    folder, model = of_keras_2
    saved, flat = read(folder), read(folder.with_suffix(".h5"))

    assert (saved.format, saved.evidence) == ("keras-saved-model", Evidence.GRAPH)
    assert saved.layers == flat.layers
    assert [replace(node, attributes=_plain(node.attributes)) for node in saved.nodes] == [
        replace(node, attributes=_plain(node.attributes)) for node in flat.nodes
    ]
    assert saved.values == flat.values
    assert (saved.inputs, saved.outputs) == (flat.inputs, flat.outputs)
    told = {name: (each.shape, each.dtype, each.census) for name, each in saved.weights.items()}
    assert told == {name: (each.shape, each.dtype, each.census) for name, each in flat.weights.items()}
    assert sum(each.numel for each in saved.weights.values()) == model.count_params()
    assert not saved.gaps
    assert parity.compare(folder, folder.with_suffix(".h5")).verdict == "equivalent"


def test_notes_among_the_objects_as_before_tensorflow_2_5(of_keras_2, tmp_path):
    from tensorflow.core.protobuf import saved_model_pb2
    from tf_keras.protobuf import saved_metadata_pb2

    folder = tmp_path / "old"
    shutil.copytree(of_keras_2[0], folder)
    notes, model = saved_metadata_pb2.SavedMetadata(), saved_model_pb2.SavedModel()
    notes.ParseFromString((folder / "keras_metadata.pb").read_bytes())
    model.ParseFromString((folder / "saved_model.pb").read_bytes())
    for each in notes.nodes:
        model.meta_graphs[0].object_graph_def.nodes[each.node_id].user_object.metadata = each.metadata
    (folder / "saved_model.pb").write_bytes(model.SerializeToString())
    (folder / "keras_metadata.pb").unlink()

    assert read(folder).nodes == read(of_keras_2[0]).nodes


def test_a_subclassed_model_of_keras_2(tmp_path):
    import tf_keras

    class Own(tf_keras.Model):
        def __init__(self):
            super().__init__()
            self.first = tf_keras.layers.Dense(3, name="one")
            self.second = tf_keras.layers.BatchNormalization(name="two")

        def call(self, x):
            return self.second(self.first(x))

    model = Own()
    model(np.ones((1, 4), "float32"))
    model.save(tmp_path / "own", save_format="tf")
    graph = read(tmp_path / "own")

    assert graph.evidence is Evidence.TREE
    assert {row.path: row.type for row in graph.layers} == {"one": "Dense", "two": "BatchNormalization"}
    assert sum(each.numel for each in graph.weights.values()) == model.count_params()
    assert "Own defines its own call" in graph.gaps[0].reason


def _exported(folder):
    import keras

    keras.utils.clear_session()
    model = _layers(keras)
    model.export(folder, verbose=False)
    return model


def test_an_export_of_keras_3_holds_variables_and_signatures(tmp_path):
    model = _exported(tmp_path / "exported")
    graph = read(tmp_path / "exported")

    assert graph.evidence is Evidence.TENSORS
    assert "image (?, 8, 8, 3) float32, number (?, 4) float32 -> " in graph.producer
    counted = [each for each in translate(graph).weights if each.census is not Census.RNG]
    assert sum(each.numel for each in counted) == model.count_params()
    flagged = sum(each.numel for each in counted if each.census is Census.TRAINABLE)
    assert flagged == sum(each.numpy().size for each in model.trainable_variables)
    kinds = [layer.kind for layer in translate(graph).layers]
    assert kinds.count("conv") == 2
    assert kinds.count("batch_norm") == 1
    assert kinds.count("dense") == 2
    assert kinds.count("lstm") == 2


def test_variables_of_one_name_are_all_counted(tmp_path):
    import tensorflow as tf

    class Two(tf.Module):
        def __init__(self):
            super().__init__()
            self.left = tf.Variable(tf.ones((3, 2)), name="dense/kernel")
            self.right = tf.Variable(tf.ones((5, 2)), name="dense/kernel", trainable=False)

    tf.saved_model.save(Two(), str(tmp_path / "two"))
    graph = read(tmp_path / "two")
    assert {name: each.shape for name, each in graph.weights.items()} == {
        "dense/kernel": (3, 2),
        "dense (2)/kernel": (5, 2),
    }
    assert [each.census for each in graph.weights.values()] == [Census.TRAINABLE, Census.FROZEN]


def test_tensorflow_1_recorded_only_what_was_stored(tmp_path):
    import tensorflow as tf

    graph = tf.Graph()
    with graph.as_default(), tf.compat.v1.Session() as session:
        x = tf.compat.v1.placeholder(tf.float32, (None, 3), "x")
        kernel = tf.compat.v1.get_variable("dense/kernel", (3, 2))
        bias = tf.compat.v1.get_variable("dense/bias", (2,))
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.saved_model.simple_save(session, str(tmp_path / "old"), {"x": x}, {"y": x @ kernel + bias})
    found = read(tmp_path / "old")
    assert {name: each.shape for name, each in found.weights.items()} == {"dense/bias": (2,), "dense/kernel": (3, 2)}
    assert all(each.presumed for each in found.weights.values())
    assert [layer.kind for layer in translate(found).layers] == ["dense"]
    assert "x (?, 3) float32 -> y (?, 2) float32" in found.producer


BAD = [
    ("saved_model.pb", lambda _: b"", "truncated or not a SavedModel"),
    ("saved_model.pb", lambda data: data[: len(data) // 2], "truncated or not a SavedModel"),
    ("saved_model.pb", lambda _: b"\xff" * 400, "truncated or not a SavedModel"),
    ("keras_metadata.pb", lambda data: data[:100], "keras_metadata.pb"),
    ("keras_metadata.pb", lambda data: data.replace(b'"class_name"', b'"class_nam\xff"'), "does not describe"),
    ("variables/variables.index", lambda data: data[:-4], "variables.index is broken"),
    ("variables/variables.index", None, "hold no tensor for"),
]


@pytest.mark.parametrize(("name", "damage", "message"), BAD)
def test_a_damaged_folder_is_told(of_keras_2, tmp_path, name, damage, message):
    folder = tmp_path / "model"
    shutil.copytree(of_keras_2[0], folder)
    file = folder / name
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(UnreadableModel, match=message) as caught:
        read(folder)
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("name", ["saved_model.pb", "keras_metadata.pb", "variables/variables.index"])
def test_any_mutation_ends_in_a_result_or_an_error_of_ours(of_keras_2, tmp_path, name):
    folder = tmp_path / "model"
    shutil.copytree(of_keras_2[0], folder)
    original, dice = (folder / name).read_bytes(), random.Random(7)  # noqa: S311  damage, not secrets
    outcomes = set()
    for _ in range(150):
        data = bytearray(original)
        for _ in range(dice.choice((1, 3, 20))):
            data[dice.randrange(len(data))] = dice.randrange(256)
        if dice.random() < 0.2:
            del data[dice.randrange(len(data)) :]
        (folder / name).write_bytes(data)
        try:
            translate(read(folder))
            outcomes.add("result")
        except ParityError:
            outcomes.add("error")
    assert outcomes == {"result", "error"}
