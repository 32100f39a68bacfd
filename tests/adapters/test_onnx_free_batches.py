"""Batches of several inputs that a file gives no name are one where the model takes no others, and else are not."""

import pytest
from onnx import parser

import parity
from parity import Verdict
from parity.adapters import read
from parity.kinds import translate
from tests.keras_exports import randomised
from tests.rules.models import keras_model, layers


def attending(query=(4, 2), key=(5, 2), *, turned=False, **settings):
    """A model of two inputs whose batches are free, with numbers of its own."""
    import keras

    inputs = keras.Input(query, name="x"), keras.Input(key, name="y")
    attention = layers().MultiHeadAttention(2, 3, **settings)
    model = keras_model([*inputs], attention(*(inputs[::-1] if turned else inputs)))
    randomised(model)
    return model


def exported(model, path):
    import tensorflow as tf
    import tf2onnx

    told = [tf.TensorSpec(each.shape, each.dtype, name=each.name) for each in model.inputs]
    traced = tf.function(lambda *given: model(list(given)), input_signature=told)
    tf2onnx.convert.from_function(traced, input_signature=told, opset=17, output_path=str(path))
    return path


@pytest.mark.parametrize("settings", [{}, {"query": (2, 2), "key": (2, 2)}, {"use_bias": False}, {"value_dim": 4}])
def test_attention_to_another_input_is_itself(settings, tmp_path):
    model = attending(**settings)

    assert parity.compare(model, exported(model, tmp_path / "net.onnx")).verdict is Verdict.EQUIVALENT


def test_attention_the_other_way_round_is_not(tmp_path):
    path = exported(attending((4, 2), (4, 2), turned=True), tmp_path / "net.onnx")

    assert parity.compare(attending((4, 2), (4, 2)), path).verdict is Verdict.DIFFERENT


def shapes(nodes):
    """The shapes of what is made of two inputs."""
    ends = "(float[unk__0, 3] x, float[unk__1, 3] y) => (float[a, b] z)"
    proto = parser.parse_model(f'<ir_version: 10, opset_import: ["": 17]> g {ends} {{ {nodes} }}')
    graph = translate(read(proto)).values
    return [graph[name].shape for name in ("x", "y", "s")]


TABLES = "t = Transpose<perm=[1, 0]>(y)  s = MatMul(x, t)  k = Shape(s)  z = Reshape(s, k)"
ROWS = "s = Add(x, y)  k = Shape(s)  z = Reshape(s, k)"


def test_batches_that_may_differ_stay_two():
    assert shapes(TABLES) == [("free0", 3), ("free1", 3), ("free0", "free1")]


def test_batches_that_meet_are_one():
    assert shapes(ROWS) == [("free0", 3), ("free0", 3), ("free0", 3)]
