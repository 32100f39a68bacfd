"""Keras models of other precisions: mixed, half and quantised."""

import pytest

from parity.adapters import read
from parity.check import check
from parity.graph import Evidence
from parity.summarise import summarise


def _model(policy="float32"):
    import keras

    keras.utils.clear_session()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        inputs = keras.Input((8,), dtype="int32")
        x = keras.layers.Embedding(20, 6, name="table")(inputs)
        x = keras.layers.EinsumDense("abc,cd->abd", output_shape=(8, 4), bias_axes="d", name="einsum")(x)
        x = keras.layers.Flatten()(x)
        x = keras.layers.Dense(5, "relu", name="first")(x)
        return keras.Model(inputs, keras.layers.Dense(2, use_bias=False, name="last")(x))
    finally:
        keras.config.set_dtype_policy(before)


def _counts(model):
    sides = (model.trainable_weights, model.non_trainable_weights)
    return [model.count_params(), *(sum(each.shape.num_elements() for each in side) for side in sides)]


def _check(model, path):
    """File and live model say what Keras says, and the same."""
    model.save(path)
    for source in (path, model):
        found = summarise(source)
        headline = found.side.headline
        assert [headline.total, headline.trainable, headline.non_trainable] == _counts(model)
        counted = {layer.name: layer.count_params() for layer in model.layers}
        assert {row.path: row.params for row in found.rows} == counted
        assert not found.gaps
    assert read(path).evidence is Evidence.GRAPH
    assert check(path, model).verdict == "equivalent"


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"])
def test_policies_of_precision(policy, tmp_path):
    model = _model(policy)
    _check(model, tmp_path / "model.keras")
    stored = {each.dtype for each in read(tmp_path / "model.keras").weights.values()}
    assert stored == {policy if "mixed" not in policy else "float32"}


@pytest.mark.parametrize("mode", ["int8", "int4", "float8"])
@pytest.mark.filterwarnings("ignore")
def test_quantised_models(mode, tmp_path):
    model = _model()
    model.quantize(mode)
    _check(model, tmp_path / "model.keras")
    roles = {weight.role for row in summarise(model).rows for weight in row.weights}
    assert None not in roles
    assert {"kernel", "bias", "kernel_scale"} <= roles
    assert check(tmp_path / "model.keras", _model()).verdict == "different"
