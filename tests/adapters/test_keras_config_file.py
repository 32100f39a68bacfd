"""A config alone tells the same graph as the file with weights; their shapes come from formulas."""

import json
from contextlib import suppress

import keras_samples
import pytest
import seed_models
from keras_files import assert_counts

import parity
from parity.adapters import read
from parity.errors import UnreadableModel
from parity.graph import Census


def _sentence(path):
    with pytest.raises(UnreadableModel) as caught:
        read(path)
    return str(caught.value)


@pytest.mark.parametrize("name", [name for name in seed_models.KERAS if name != "bert-bilstm"])
def test_weights_are_those_of_the_archive(name, tmp_path):
    model = seed_models.KERAS[name](**seed_models.SMALL.get(name, {}))
    (tmp_path / "model.json").write_text(model.to_json())
    model.save(tmp_path / "model.keras")
    left, right = read(tmp_path / "model.json"), read(tmp_path / "model.keras")

    assert_counts(left, model)
    assert [(row.path, row.type, row.outputs) for row in left.layers] == [
        (row.path, row.type, row.outputs) for row in right.layers
    ]
    kept = {name: each for name, each in right.weights.items() if each.census is not Census.RNG}
    assert {name: (each.shape, each.dtype, each.census) for name, each in left.weights.items()} == {
        name: (each.shape, each.dtype, each.census) for name, each in kept.items()
    }
    assert "(config, counts from formulas)" in left.producer
    assert parity.compare(tmp_path / "model.json", tmp_path / "model.keras").verdict == "equivalent"


@pytest.mark.parametrize("name", ["nested", "frozen", "partly_frozen", "shared"])
@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_nested_shared_and_frozen_models(name, package, tmp_path):
    keras = pytest.importorskip(package)
    keras.backend.clear_session()
    model = keras_samples.SAMPLES[name](keras)
    (tmp_path / "model.json").write_text(model.to_json())

    assert_counts(read(tmp_path / "model.json"), model)


def test_layer_without_a_formula_is_named(tmp_path):
    import keras

    x = keras.Input((4, 6))
    model = keras.Model(x, keras.layers.TimeDistributed(keras.layers.PReLU(), name="each")(x))
    (tmp_path / "model.json").write_text(model.to_json())
    graph = read(tmp_path / "model.json")

    assert [(gap.where, gap.facet) for gap in graph.gaps] == [("each", "counts")]
    assert "no formula gives the weights of this TimeDistributed layer" in graph.gaps[0].reason


def test_absurd_sizes_allocate_nothing(tmp_path):
    import keras

    config = json.loads(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).to_json())
    config["config"]["layers"][1]["config"]["units"] = 10**30
    (tmp_path / "model.json").write_text(json.dumps(config))

    assert sum(each.numel for each in read(tmp_path / "model.json").weights.values()) == 4 * 10**30


@pytest.mark.parametrize("units", [-3, "many", None, [2], 2.5, {}])
def test_settings_that_make_no_sense(units, tmp_path):
    import keras

    config = json.loads(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="dense")]).to_json())
    config["config"]["layers"][1]["config"]["units"] = units
    (tmp_path / "model.json").write_text(json.dumps(config))

    with suppress(UnreadableModel):
        graph = read(tmp_path / "model.json")
        assert [gap.where for gap in graph.gaps] == ["dense"]
        assert graph.weights == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"class_name": "Sequential", "config": [', "its config is not JSON"),
        ('{"class_name": "Functional", "config": {"layers": 3, "input_layers": 1, "output_layers": 2}}', "describe"),
        ('{"class_name": "Own", "config": {}}', "its class Own defines its own call"),
        ('{"class_name": "X", "config": ' + "[" * 400 + "]" * 400 + "}", "nested too deeply"),
        ('{"weights": 3}', "it is not a Keras config (to_json)"),
        ("hello", "it is not a Keras config (to_json)"),
    ],
)
def test_bad_files(text, said, tmp_path):
    (tmp_path / "model.json").write_text(text)

    assert said in _sentence(tmp_path / "model.json")
