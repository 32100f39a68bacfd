"""Whole models in .h5 files of Keras 3 tell what the .keras archives of the same models tell."""

import pytest
import seed_models
from keras_files import assert_counts, assert_same_files, save_both
from keras_samples import SAMPLES, attention

import parity
from parity.adapters import read
from parity.graph import Evidence
from parity.kinds import translate


@pytest.mark.parametrize("name", seed_models.KERAS)
def test_models_that_people_asked_about(name, tmp_path):
    model = seed_models.KERAS[name](**seed_models.SMALL.get(name, {}))
    h5, archive = save_both(model, tmp_path)

    assert_counts(read(h5), model)
    assert_same_files(h5, archive)


@pytest.mark.parametrize("name", [*SAMPLES, "attention"])
def test_nesting_sharing_freezing_and_wrappers(name, tmp_path):
    import keras

    keras.utils.clear_session()
    model = SAMPLES.get(name, attention)(keras)
    h5, archive = save_both(model, tmp_path)

    assert_counts(read(h5), model)
    assert_same_files(h5, archive)
    assert read(h5).gaps == ()


@pytest.mark.parametrize("name", ["ResNet50", "MobileNetV2"])
def test_applications(name, tmp_path):
    import keras

    keras.utils.clear_session()
    model = getattr(keras.applications, name)(weights=None, input_shape=(32, 32, 3), classes=10)
    h5, archive = save_both(model, tmp_path, randomise=False)
    graph = read(h5)

    assert_counts(graph, model)
    assert_same_files(h5, archive)
    assert (graph.format, graph.evidence, graph.gaps) == ("keras-h5", Evidence.GRAPH, ())
    assert graph.producer == f"Keras {keras.__version__} (h5), functional"
    own = {row.path: sum(graph.weights[each].numel for each in row.weights) for row in graph.layers}
    assert own == {layer.name: layer.count_params() for layer in model.layers}
    assert parity.compare(h5, archive).verdict == "equivalent"


@pytest.mark.parametrize("kind", ["MultiHeadAttention", "GroupQueryAttention"])
def test_the_parts_of_attention_are_where_an_archive_has_them(kind, tmp_path):
    import keras

    sizes = {"MultiHeadAttention": (2, 3), "GroupQueryAttention": (3, 4, 2)}[kind]
    x = keras.Input((5, 6))
    model = keras.Model(x, getattr(keras.layers, kind)(*sizes)(x, x))
    model.save(tmp_path / "net.h5")
    model.save(tmp_path / "net.keras")

    one, other = (read(tmp_path / name) for name in ("net.h5", "net.keras"))

    assert [sorted(node.weights) for node in one.nodes] == [sorted(node.weights) for node in other.nodes]
    assert translate(one).gaps == one.gaps
