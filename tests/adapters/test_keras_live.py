"""A live Keras model tells what its file tells, and is as before afterwards."""

import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
import seed_models
from keras_pairs import assert_same, saved_and_live

from parity.adapters import read
from parity.adapters.keras.live import recognise
from parity.errors import UnreadableModel
from parity.graph import Census, Evidence


@pytest.mark.parametrize("case", [case for case in seed_models.KERAS if case != "conv-dense-4d"])
def test_file_and_live_model_give_the_same_graph(case, tmp_path):
    model = seed_models.KERAS[case](**seed_models.SMALL.get(case, {}))

    assert_same(*saved_and_live(model, tmp_path))


@pytest.mark.parametrize("case", seed_models.KERAS)
def test_rows_and_totals_are_those_of_the_question(case):
    expected = seed_models.CASES[case]
    model = seed_models.unallocated(seed_models.KERAS[case])

    graph = read(model)

    rows = [
        [row.type, list(graph.values[row.outputs[0]].shape), sum(graph.weights[each].numel for each in row.weights)]
        for row in graph.layers
        if not row.path.startswith("bert/") and not (case == "bert-bilstm" and row.type == "InputLayer")
    ]
    assert expected["rows"] == rows
    assert expected["total"] == sum(weight.numel for weight in graph.weights.values())
    assert expected["trainable"] == sum(
        weight.numel for weight in graph.weights.values() if weight.census is Census.TRAINABLE
    )


def test_full_size_model_is_read_without_its_weights():
    model = seed_models.unallocated(seed_models.bert_bilstm)

    read(model)

    assert all(variable._value is None for variable in model.weights)


def test_reading_changes_nothing():
    import keras
    import numpy as np

    model = seed_models.bn_cnn(8)
    model.compile("adam", "mse")
    x = np.ones((4, 8, 8, 1), "float32")
    model.fit(x, np.ones((4, 10), "float32"), verbose=0)

    def state() -> Any:
        config = keras.saving.serialize_keras_object(model)
        return [each.numpy().tolist() for each in model.variables], config["config"], dict(model.__dict__)

    before = state()
    uids = keras.src.backend.common.global_state.get_global_attribute("object_name_uids").copy()
    graph = read(model)
    after = state()

    assert before[0] == after[0]
    assert str(before[1]) == str(after[1])
    assert before[2].keys() == after[2].keys()
    assert uids == keras.src.backend.common.global_state.get_global_attribute("object_name_uids")
    assert sum(weight.numel for weight in graph.weights.values()) == model.count_params()


def test_subclassed_model_tells_its_layers_live_and_only_their_weights_in_its_file(tmp_path):
    import keras
    import numpy as np

    class Net(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.first = keras.layers.Dense(3)
            self.rest = [keras.layers.LSTM(2), keras.layers.ReLU()]

        def call(self, x: Any) -> Any:
            return self.rest[1](self.rest[0](self.first(x)))

    model = Net()
    model(np.ones((2, 3, 4), "float32"))

    file, live = saved_and_live(model, tmp_path)

    assert (file.evidence, live.evidence) == (Evidence.TREE, Evidence.GRAPH)
    assert [(layer.name, "unknown") for layer in model.layers] == [(row.path, row.type) for row in file.layers]
    assert [row.type for row in live.layers] == ["InputLayer", "Dense", "LSTM", "ReLU"]
    assert [row.weights for row in file.layers] == [row.weights for row in live.layers[1:]]
    assert model.count_params() == sum(weight.numel for weight in file.weights.values())
    assert live.nodes[0].attributes["units"] == 3
    assert file.gaps[0].remedy


def test_layer_without_a_config_is_still_read():
    import keras

    class Odd(keras.layers.Layer):
        def __init__(self, thing: object) -> None:
            super().__init__()
            self.thing = thing

        def call(self, x: Any) -> Any:
            return x if isinstance(x, keras.KerasTensor) else keras.ops.convert_to_tensor(x.numpy())

        def compute_output_shape(self, shape: Any) -> Any:
            return shape

    inputs = keras.Input((3,))
    layer = Odd(object())
    layer.activity_regularizer = keras.regularizers.L2(0.1)  # what is penalised stays closed
    graph = read(keras.Model(inputs, layer(inputs)))

    assert graph.nodes[0].op == "Odd"
    assert any("configuration cannot be read" in gap.reason for gap in graph.gaps)


def test_unbuilt_layers_say_so():
    import keras

    graph = read(keras.Sequential([keras.layers.Dense(3), keras.layers.ReLU()]))

    assert [row.reason for row in graph.layers] == ["not built", ""]
    assert "not built" in graph.gaps[0].reason
    assert graph.values[graph.inputs[0]].shape is None
    assert graph.values[graph.inputs[0]].reason


def test_other_objects_are_not_recognised():
    import keras
    import torch

    assert not recognise(torch.nn.Linear(1, 1))
    assert not recognise(keras.layers.Dense(1))
    assert not recognise("model.keras")


def test_model_on_another_backend(tmp_path):
    code = """
import keras, sys, pathlib
import keras_pairs, seed_models
file, live = keras_pairs.saved_and_live(seed_models.bn_cnn(8), pathlib.Path(sys.argv[1]))
keras_pairs.assert_same(file, live)
print(keras.backend.backend(), live.framework.value, live.format)
"""
    environment = {**os.environ, "KERAS_BACKEND": "torch", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.split() == ["torch", "keras", "keras-live"]


def test_unexpected_release_of_keras_is_told(monkeypatch):
    import keras
    from keras.src.saving import saving_lib

    monkeypatch.delattr(saving_lib, "_save_state")
    with pytest.raises(
        UnreadableModel, match=r"do not have the expected structure.*save it as \.keras and read the file"
    ):
        read(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))


def test_a_file_of_a_class_of_ones_own_is_read_as_wired_and_says_so_and_the_live_model_knows(tmp_path):
    import keras

    @keras.saving.register_keras_serializable("house")
    class Own(keras.Model):
        def __init__(self, inputs: Any = None, outputs: Any = None, name: Any = None, **options: Any) -> None:
            super().__init__(inputs, outputs, name=name, **options)  # saved with its wiring for having these arguments

    x = keras.Input((3,))
    file, live = saved_and_live(Own(x, keras.layers.Dense(2)(x), name="own"), tmp_path)

    assert_same(replace(file, gaps=()), live)
    assert [gap.where for gap in file.gaps] == ["own"]
