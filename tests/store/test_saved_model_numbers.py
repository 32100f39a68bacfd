"""Elements of TensorFlow's checkpoints in a SavedModel, against the variables that were saved."""

import numpy as np
import pytest
from elements import all_elements, assert_same, assert_told, bits

from parity.adapters import read
from parity.errors import UnreadableTensor

tf = pytest.importorskip("tensorflow")


def filled(variables):
    rng = np.random.default_rng(0)
    for each in variables:
        each.assign(
            np.asarray(rng.normal(size=each.shape) * 9).astype(
                each.dtype if isinstance(each.dtype, str) else each.dtype.as_numpy_dtype
            )
        )


def values(variables):
    return bits(np.asarray(each) for each in variables)


@pytest.fixture(scope="module")
def of_keras_2(tmp_path_factory):
    tf_keras = pytest.importorskip("tf_keras")
    layers = tf_keras.layers
    inputs = tf_keras.Input((8, 8, 3))
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, name="first")(inputs))
    x = tf_keras.Sequential([layers.Flatten(), layers.Dense(5, name="inner")])(x)
    model = tf_keras.Model(inputs, layers.Dense(2, name="last")(x))
    filled(model.variables)
    model.compile("adam", "mse")
    folder = tmp_path_factory.mktemp("saved") / "model"
    model.save(folder, save_format="tf")
    return model, folder


def test_a_folder_of_keras_2_gives_the_bits_of_each_variable(of_keras_2):
    model, folder = of_keras_2
    graph = read(folder)

    assert_told(graph)
    assert bits(all_elements(graph).values()) == values(model.variables)
    assert_same(graph.store.read("first/0"), model.get_layer("first").kernel.numpy())


def test_an_export_of_keras_3(tmp_path):
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2, dtype="bfloat16")])
    filled(model.variables)
    model.export(tmp_path / "out", verbose=False)
    graph = read(tmp_path / "out")

    assert_told(graph)
    assert bits(all_elements(graph).values()) == values(model.variables)


def test_variables_of_every_type(tmp_path):
    class Module(tf.Module):
        def __init__(self):
            super().__init__()
            kinds = ("bool", "int8", "uint16", "int64", "float16", "bfloat16", "float64", "complex64")
            self.held = [tf.Variable(tf.cast([[1, 0, 3]], kind), name=kind) for kind in kinds]
            self.again = self.held[0]
            self.empty = tf.Variable(tf.zeros((0, 3)), name="empty")

    module = Module()
    tf.saved_model.save(module, str(tmp_path / "out"))
    graph = read(tmp_path / "out")

    assert_told(graph)
    assert bits(all_elements(graph).values()) == values(module.variables)


def test_a_folder_of_tensorflow_1(tmp_path):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        x = tf.compat.v1.placeholder(tf.float32, (None, 3))
        kernel = tf.compat.v1.get_variable("dense/kernel", (3, 2))
        session.run(tf.compat.v1.global_variables_initializer())
        expected = session.run(kernel)
        tf.compat.v1.saved_model.simple_save(session, str(tmp_path / "old"), {"x": x}, {"y": x @ kernel})
    graph = read(tmp_path / "old")

    assert bits(all_elements(graph).values()) == bits([expected])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[: len(data) // 2], "beyond the end|does not record which"),
        (lambda _: None, "data file of the checkpoint is missing|does not record which"),
    ],
)
def test_data_files_that_are_cut_off_or_missing(of_keras_2, tmp_path, damage, message):
    import shutil

    folder = tmp_path / "model"
    shutil.copytree(of_keras_2[1], folder)
    path = folder / "variables" / "variables.data-00000-of-00001"
    left = damage(path.read_bytes())
    path.unlink() if left is None else path.write_bytes(left)
    graph = read(folder)

    failed = 0
    for name in graph.weights:
        try:
            graph.store.read(name)
        except UnreadableTensor:
            failed += 1
            with pytest.raises(UnreadableTensor, match=message):
                graph.store.read(name)
    assert failed


@pytest.mark.parametrize("name", ["model.h5", "weights.h5", "model.weights.h5", "model.keras"])
def test_files_of_keras_2(tmp_path, name):
    tf_keras = pytest.importorskip("tf_keras")
    layers = tf_keras.layers
    inside = layers.Bidirectional(layers.LSTM(3, return_sequences=True))
    model = tf_keras.Sequential([layers.Input((8, 4)), inside, layers.BatchNormalization(), layers.Dense(2)])
    filled(model.variables)
    model.save_weights(tmp_path / name) if "weights" in name else model.save(tmp_path / name)
    graph = read(tmp_path / name)

    assert_told(graph)
    assert bits(all_elements(graph).values()) == values(model.weights)
