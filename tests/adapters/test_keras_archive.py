"""Wiring, nesting, sharing and weights of .keras archives."""

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from keras_pairs import assert_same, saved_and_live

from parity.adapters import read
from parity.adapters.keras._variables import snake_case
from parity.graph import Census, Evidence, SourceGraph


def _node(graph: SourceGraph, path: str) -> Any:
    return next(node for node in graph.nodes if node.path == path)


def _row(graph: SourceGraph, path: str) -> Any:
    return next(row for row in graph.layers if row.path == path)


def _check(model: Any, folder: Path) -> SourceGraph:
    """The graph of the file, after the laws that hold for every graph."""
    file, live = saved_and_live(model, folder)
    assert_same(file, live)
    owned = [name for row in file.layers for name in row.weights]
    assert sorted(owned) == sorted(file.weights)
    made = set(file.inputs)
    for node in file.nodes:
        assert set(node.inputs.values()) <= made
        made |= set(node.outputs)
    assert made == set(file.values)
    assert set(file.outputs) <= made
    elements = {weight.storage: weight.numel for weight in file.weights.values()}
    assert sum(elements.values()) == model.count_params()
    return file


def test_functional_model(tmp_path):
    import keras

    x = keras.Input((8, 8, 3), name="image")
    y = keras.layers.Conv2D(4, 3, name="conv")(x)
    graph = _check(keras.Model(x, keras.layers.Dense(2, name="top")(y)), tmp_path)

    assert graph.evidence is Evidence.GRAPH
    assert graph.format == "keras-archive"
    assert graph.producer == f"Keras {keras.__version__}, functional"
    assert [(row.path, row.type) for row in graph.layers] == [
        ("image", "InputLayer"),
        ("conv", "Conv2D"),
        ("top", "Dense"),
    ]
    assert graph.input_names == ("image",)
    assert graph.values[graph.inputs[0]].shape == (None, 8, 8, 3)
    assert graph.values[_node(graph, "conv").outputs[0]].shape == (None, 6, 6, 4)
    assert graph.values[graph.outputs[0]].shape is None
    assert graph.values[graph.outputs[0]].reason == "not recorded in the file"
    assert _node(graph, "conv").attributes["kernel_size"] == (3, 3)
    assert _node(graph, "top").weights == {"0": "top/0", "1": "top/1"}


def test_layer_called_twice_keeps_both_calls(tmp_path):
    import keras

    keras.utils.clear_session()  # names count from the first again
    left, right = keras.Input((4,)), keras.Input((4,))
    dense = keras.layers.Dense(3, name="shared")
    graph = _check(keras.Model([left, right], dense(left) + dense(right)), tmp_path)

    assert [node.path for node in graph.nodes] == ["shared", "shared@2", "add"]
    assert _row(graph, "shared").outputs == ("shared:0", "shared@2:0")
    assert _node(graph, "shared").weights == _node(graph, "shared@2").weights


def test_operations_keep_constants_in_their_place(tmp_path):
    import keras

    keras.utils.clear_session()  # names count from the first again
    x = keras.Input((4,))
    graph = _check(keras.Model(x, keras.ops.concatenate([1 - x, x * 2.0], axis=-1)), tmp_path)

    assert {node.dialect for node in graph.nodes} == {"keras.ops"}
    assert _node(graph, "subtract").attributes == {"0": 1, "__inputs__": ("1",)}
    assert _node(graph, "multiply").attributes == {"1": 2.0}
    assert _node(graph, "concatenate").attributes == {"axis": -1}


def test_keyword_arguments_are_told_by_name(tmp_path):
    import keras

    x, mask = keras.Input((4, 8)), keras.Input((4, 4), dtype="bool")
    attention = keras.layers.MultiHeadAttention(2, 4, name="attention")
    made, scores = attention(x, x, attention_mask=mask, return_attention_scores=True)
    graph = _check(keras.Model([x, mask], [made, scores]), tmp_path)

    node = _node(graph, "attention")
    assert node.attributes["__inputs__"] == ("0", "1", "attention_mask")
    assert node.attributes["__call__"] == {"return_attention_scores": True}
    assert graph.outputs == ("attention:0", "attention:1")


def test_models_nested_twice_and_called_twice_are_opened(tmp_path):
    import keras

    inner_in = keras.Input((4,))
    inner = keras.Model(inner_in, keras.layers.Dense(4, name="dense")(inner_in), name="inner")
    middle = keras.Sequential([keras.Input((4,)), inner, keras.layers.ReLU(name="relu")], name="middle")
    left, right = keras.Input((4,)), keras.Input((4,))
    graph = _check(keras.Model([left, right], [middle(left), middle(right), inner(right)]), tmp_path)

    assert {each.path: each.type for each in graph.containers} == {
        "middle": "Sequential",
        "middle/inner": "Functional",
        "inner": "Functional",
    }
    paths = {node.path for node in graph.nodes}
    assert {"middle/inner/dense", "middle/inner/dense@2", "middle/relu", "middle/relu@2", "inner/dense"} == paths
    assert _node(graph, "middle/relu@2").inputs == {"0": "middle/inner/dense@2:0"}
    assert graph.outputs == ("middle/relu:0", "middle/relu@2:0", "inner/dense:0")
    assert len(graph.weights) == 2  # the inner model is stored once, whichever way it is reached


def test_model_with_named_inputs_and_outputs(tmp_path):
    import keras

    one, two = keras.Input((3,), name="one"), keras.Input((5,), name="two")
    inner = keras.Model({"b": two, "a": one}, {"y": keras.layers.Dense(2)(one), "x": keras.layers.Dense(6)(two)})
    left, right = keras.Input((5,), name="left"), keras.Input((3,), name="right")
    made = inner({"b": left, "a": right})
    graph = _check(keras.Model({"q": left, "p": right}, made["x"]), tmp_path)

    assert graph.input_names == ("p", "q")  # the keys by which callers give them
    producer = next(node for node in graph.nodes if node.outputs[0] == graph.outputs[0])
    assert graph.weights[producer.weights["0"]].shape == (5, 6)
    assert producer.inputs == {"0": "left:0"}


def test_frozen_flags_of_layers_models_and_wrapped_layers(tmp_path):
    import keras

    layers = keras.layers
    inner = keras.Sequential([keras.Input((4, 6)), layers.Dense(6, name="dense")], name="inner")
    inner.trainable = False
    frozen = layers.Dense(6, name="frozen")
    frozen.trainable = False
    norm = layers.BatchNormalization(scale=False, name="norm")
    wrapped = layers.TimeDistributed(layers.Dense(6), name="wrapped")
    both = layers.Bidirectional(layers.LSTM(2), name="both")
    x = keras.Input((4, 6))
    y = both(wrapped(norm(frozen(inner(x)))))
    wrapped.layer.trainable = False
    graph = _check(keras.Model(x, y), tmp_path)

    census = {row.path: {graph.weights[each].census for each in row.weights} for row in graph.layers if row.weights}
    assert census.pop("norm") == {Census.TRAINABLE, Census.FROZEN}
    assert graph.weights["norm/0"].census is Census.TRAINABLE  # beta; the statistics are moved by no gradient
    assert census == {
        "inner/dense": {Census.FROZEN},
        "frozen": {Census.FROZEN},
        "wrapped": {Census.FROZEN},
        "both": {Census.TRAINABLE},
    }
    assert "forward_layer/cell/0" in _node(graph, "both").weights
    assert not any(weight.presumed for weight in graph.weights.values())


def test_custom_layer_is_kept_with_its_class_and_module(tmp_path):
    import keras

    @keras.saving.register_keras_serializable("house")
    class Scale(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            self.factor = self.add_weight(shape=(shape[-1],))

        def call(self, x: Any) -> Any:
            return x * self.factor

    x = keras.Input((3,))
    model = keras.Model(x, Scale(name="scale")(x))
    model.save(tmp_path / "model.keras")
    graph = read(tmp_path / "model.keras")

    node = _node(graph, "scale")
    assert (node.op, node.attributes["__registered_name__"]) == ("Scale", "house>Scale")
    assert graph.weights["scale/0"].shape == (3,)
    assert graph.weights["scale/0"].presumed
    assert "scale" in [gap.where for gap in graph.gaps]


def test_lambda_is_neither_decoded_nor_kept(tmp_path):
    import keras

    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Lambda(lambda t: t * 2, name="twice", output_shape=(3,))(x))
    model.save(tmp_path / "model.keras")
    graph = read(tmp_path / "model.keras")

    assert _node(graph, "twice").attributes["function"] == {"lambda": True}
    assert _node(graph, "twice").attributes == read(model).nodes[0].attributes
    assert [gap.where for gap in graph.gaps] == ["twice"]


def test_optimizer_is_not_the_model(tmp_path):
    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)

    assert sum(weight.numel for weight in _check(model, tmp_path).weights.values()) == 8


def test_type_that_hdf5_has_no_name_for(tmp_path):
    import keras

    graph = _check(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, dtype="bfloat16")]), tmp_path)

    assert {weight.dtype for weight in graph.weights.values()} == {"bfloat16"}


def test_compressed_archive_reads_the_same(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.save(tmp_path / "model.keras")
    with (
        zipfile.ZipFile(tmp_path / "model.keras") as source,
        zipfile.ZipFile(tmp_path / "small.keras", "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))

    left, right = read(tmp_path / "model.keras"), read(tmp_path / "small.keras")
    assert (left.layers, left.nodes, left.weights) == (right.layers, right.nodes, right.weights)


def test_variables_come_in_natural_order(tmp_path):
    import keras

    @keras.saving.register_keras_serializable("house")
    class Many(keras.layers.Layer):
        def build(self, _: Any) -> None:
            self.parts = [self.add_weight(shape=(each + 1,), name=f"part{each}") for each in range(12)]

        def call(self, x: Any) -> Any:
            return x + sum(each[0] for each in self.parts)

    x = keras.Input((3,))
    model = keras.Model(x, Many(name="many")(x))
    model.save(tmp_path / "model.keras")
    graph = read(tmp_path / "model.keras")

    assert [graph.weights[each].shape for each in _row(graph, "many").weights] == [(n,) for n in range(1, 13)]


@pytest.mark.parametrize("name", ["ResNet50", "MobileNetV2", "EfficientNetB0"])
def test_application_reads_fully(name, tmp_path):
    import keras

    keras.utils.clear_session()
    model = getattr(keras.applications, name)(weights=None, input_shape=(32, 32, 3), classes=10)
    graph = _check(model, tmp_path)

    assert graph.gaps == ()
    assert [row.path for row in graph.layers] == [layer.name for layer in model.layers]
    assert all(graph.values[each].shape is not None for node in graph.nodes[:-1] for each in node.outputs)


@pytest.mark.parametrize(
    "name", ["Dense", "Conv2DTranspose", "LSTM", "ReLU", "LeakyReLU", "GRUCell", "MultiHeadAttention", "_My2Layer"]
)
def test_names_of_groups_are_made_as_keras_does(name):
    from keras.src.utils import naming

    assert snake_case(name) == naming.to_snake_case(name)


def test_reading_a_file_imports_no_framework(tmp_path):
    import keras

    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save(tmp_path / "model.keras")
    code = (
        "import sys; from parity.adapters import read; read(sys.argv[1]); "
        "print(sorted({'keras', 'tensorflow', 'torch', 'jax'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "model.keras")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


LAYERS = {
    "Conv1D": ((8, 3), {"filters": 2, "kernel_size": 3}),
    "Conv3D": ((4, 4, 4, 2), {"filters": 2, "kernel_size": 3}),
    "Conv2DTranspose": ((8, 8, 3), {"filters": 2, "kernel_size": 3}),
    "DepthwiseConv2D": ((8, 8, 3), {"kernel_size": 3}),
    "SeparableConv2D": ((8, 8, 3), {"filters": 2, "kernel_size": 3}),
    "EinsumDense": ((4, 6), {"equation": "abc,cd->abd", "output_shape": (None, 5), "bias_axes": "d"}),
    "BatchNormalization": ((4,), {"center": False}),
    "LayerNormalization": ((4,), {}),
    "GroupNormalization": ((4, 4, 8), {"groups": 2}),
    "UnitNormalization": ((4,), {}),
    "RMSNormalization": ((4,), {}),
    "Normalization": ((4,), {}),
    "Rescaling": ((4,), {"scale": 2.0}),
    "PReLU": ((4, 4), {"shared_axes": [1]}),
    "GRU": ((5, 3), {"units": 2, "return_sequences": True}),
    "SimpleRNN": ((5, 3), {"units": 2}),
    "LSTM": ((5, 3), {"units": 2, "recurrent_dropout": 0.1}),
    "ConvLSTM2D": ((3, 6, 6, 2), {"filters": 2, "kernel_size": 3}),
    "MultiHeadAttention": None,
    "GroupQueryAttention": None,
    "Attention": None,
    "AdditiveAttention": None,
    "GaussianNoise": ((4,), {"stddev": 0.1}),
    "SpatialDropout1D": ((4, 4), {"rate": 0.1}),
    "Embedding": ((4,), {"input_dim": 9, "output_dim": 2, "mask_zero": True}),
    "RepeatVector": ((4,), {"n": 2}),
    "ZeroPadding2D": ((4, 4, 1), {}),
    "UpSampling2D": ((4, 4, 1), {}),
    "Softmax": ((4,), {}),
    "Permute": ((4, 3), {"dims": (2, 1)}),
}


@pytest.mark.parametrize("name", LAYERS)
def test_file_tells_of_every_layer_what_the_live_one_tells(name, tmp_path):
    import keras

    kind = getattr(keras.layers, name)
    if LAYERS[name] is None:
        options = {"MultiHeadAttention": (2, 3), "GroupQueryAttention": (3, 4, 2)}.get(name, ())
        x, y = keras.Input((4, 6)), keras.Input((5, 6))
        made = kind(*options)(x, y) if options else kind()([x, y])
        model = keras.Model([x, y], made)
    else:
        shape, options = LAYERS[name]
        x = keras.Input(shape)
        model = keras.Model(x, kind(**options)(x))

    assert _check(model, tmp_path).gaps == ()


@pytest.mark.parametrize("wrapper", ["Bidirectional", "TimeDistributed", "RNN", "StatefulRNN", "SpectralNormalization"])
def test_file_tells_of_every_wrapper_what_the_live_one_tells(wrapper, tmp_path):
    import keras

    layers = keras.layers
    layer, shape = {
        "Bidirectional": lambda: (layers.Bidirectional(layers.GRU(3), backward_layer=None), (None, 5, 4)),
        "TimeDistributed": lambda: (layers.TimeDistributed(layers.BatchNormalization()), (None, 5, 4)),
        "RNN": lambda: (layers.RNN([layers.LSTMCell(3), layers.GRUCell(2)]), (None, 5, 4)),
        "StatefulRNN": lambda: (layers.LSTM(3, stateful=True), (2, 5, 4)),
        "SpectralNormalization": lambda: (layers.SpectralNormalization(layers.Dense(3)), (None, 5, 4)),
    }[wrapper]()
    x = keras.Input(batch_shape=shape)

    assert _check(keras.Model(x, layer(x)), tmp_path).gaps == ()
