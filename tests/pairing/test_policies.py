"""Layers of Keras cast what they take, as their policy tells; exporters write these casts into the graph."""

import keras  # noqa: TID253  only tests of Keras import this
import numpy as np
import pytest
from kinds.test_onnx_places import model as onnx_model

import parity

LAYERS = keras.layers
MAKES = {
    "dense": (lambda: LAYERS.Dense(3, activation="tanh"), (4,)),
    "conv": (lambda: LAYERS.Conv2D(3, 2, padding="same", activation="relu"), (5, 5, 2)),
    "depthwise": (lambda: LAYERS.DepthwiseConv2D(2), (5, 5, 2)),
    "batch norm": (LAYERS.BatchNormalization, (6, 4)),
    "layer norm": (LAYERS.LayerNormalization, (6, 4)),
    "group norm": (lambda: LAYERS.GroupNormalization(2), (6, 4)),
    "attention": (lambda: LAYERS.MultiHeadAttention(2, 4), (6, 8)),
    "einsum": (lambda: LAYERS.EinsumDense("abc,cd->abd", output_shape=(None, 3), bias_axes="d"), (5, 4)),
    "rescaling": (lambda: LAYERS.Rescaling(1 / 255, offset=-0.1), (5, 4)),
    "softmax": (LAYERS.Softmax, (5, 4)),
    "average": (LAYERS.GlobalAveragePooling1D, (5, 4)),
}


def made(layers, shape, policy, head=None):
    """A model of layers under a policy, with random numbers in its weights, and a last layer of another one."""
    keras.config.set_dtype_policy(policy)
    try:
        x = taken = keras.Input(shape)
        for layer in layers:
            x = layer()(x, x) if layer is MAKES["attention"][0] else layer()(x)
        x = LAYERS.Activation("sigmoid", dtype=head)(x) if head else x
        found = keras.Model(taken, x)
    finally:
        keras.config.set_dtype_policy("float32")
    numbers = np.random.default_rng(1)
    for weight in found.weights:
        weight.assign(0.5 + np.abs(numbers.standard_normal(weight.shape)) * 0.3)
    return found


def exported(found, folder):
    found(np.zeros((2, *found.input_shape[1:]), "float32"))
    found.export(folder / "model.onnx", format="onnx", verbose=False)
    return folder / "model.onnx"


def rules(report):
    return {finding.rule for finding, severity in report.findings if severity.value != "info"}


@pytest.mark.parametrize("policy", ["mixed_float16", "float16"])
@pytest.mark.parametrize("name", MAKES)
def test_an_export_of_a_layer_is_equivalent(name, policy, tmp_path):
    layer, shape = MAKES[name]
    found = made([layer], shape, policy)

    report = parity.compare(found, exported(found, tmp_path), weights=True)

    assert report.verdict == "equivalent", report


@pytest.mark.parametrize("head", [None, "float32"])
@pytest.mark.parametrize("policy", ["mixed_float16", "float16"])
def test_layers_of_two_policies(policy, head, tmp_path):
    layers = [MAKES[name][0] for name in ("conv", "batch norm", "conv", "depthwise")]
    found = made(layers, (5, 5, 2), policy, head)
    path = exported(found, tmp_path)

    assert parity.compare(found, path).verdict == "equivalent"
    assert parity.compare(path, found).verdict == "equivalent"
    assert parity.compare(made([*layers[:2], layers[2]], (5, 5, 2), policy, head), path).verdict == "different"


def test_another_activation_is_seen_among_casts(tmp_path):
    found = made([MAKES["dense"][0], MAKES["layer norm"][0]], (4,), "mixed_float16")
    other = made([lambda: LAYERS.Dense(3, activation="relu"), MAKES["layer norm"][0]], (4,), "mixed_float16")

    assert parity.compare(other, exported(found, tmp_path)).verdict == "different"


HALVED = "h = Cast<to = 10>(x)  p = MatMul(h, w)  s = Add(p, b)  "
KERNEL, BIAS = np.full((4, 3), 0.25, "float16"), np.full(3, 0.5, "float16")


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (HALVED + "y = Tanh(s)", "equivalent"),
        (HALVED + "f = Cast<to = 1>(s)  g = Cast<to = 10>(f)  y = Tanh(g)", "equivalent"),
        (HALVED + "e = Cast<to = 7>(s)  g = Cast<to = 10>(e)  y = Tanh(g)", "different"),
        ("k = Cast<to = 10>(x)  q = Cast<to = 1>(k)  " + HALVED.replace("(x)", "(q)") + "y = Tanh(s)", "different"),
    ],
)
def test_what_a_cast_does_beside_is_a_difference(body, verdict):
    """Whole numbers, and numbers that are rounded for no layer; through single precision and back nothing is lost."""
    found = made([MAKES["dense"][0]], (4,), "float16")
    file = onnx_model(body, ["float[3,4] x"], ["float16[3,3] y"], w=KERNEL, b=BIAS)

    assert parity.compare(found, file, left_inputs=[(3, 4)]).verdict == verdict


def test_weights_that_a_file_casts_are_its_weights():
    """They may be stored in single or in half precision; one that is rounded and cast back is not what is stored."""
    wide = {"w": KERNEL.astype("float32"), "b": BIAS.astype("float32")}
    ends = ["float[3,4] x"], ["float[3,3] y"]
    plain = onnx_model("p = MatMul(x, w)  y = Add(p, b)", *ends, **wide)
    cast = "v = Cast<to = 1>(w)  c = Cast<to = 1>(b)  p = MatMul(x, v)  y = Add(p, c)"
    rounded = "h = Cast<to = 10>(w)  v = Cast<to = 1>(h)  p = MatMul(x, v)  y = Add(p, b)"

    found = parity.compare(plain, onnx_model(cast, *ends, w=KERNEL, b=BIAS))
    assert found.verdict == "equivalent"
    assert "dtype" in {finding.rule for finding, _ in found.findings}

    thirds = {name: array / 3 for name, array in wide.items()}
    plain, back = onnx_model("p = MatMul(x, w)  y = Add(p, b)", *ends, **thirds), onnx_model(rounded, *ends, **thirds)
    assert parity.compare(plain, back, weights=True).verdict != "equivalent"
