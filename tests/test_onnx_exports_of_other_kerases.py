"""What Keras on PyTorch and Keras 2 export as ONNX is the model that was exported."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from parity.check import check
from parity.reports import Verdict
from tests.balance import causeless, remainders
from tests.keras_exports import MODELS
from tests.keras_on_torch import EXPORTERS
from tests.transformations import unnamed

ROOT = Path(__file__).parents[1]
QUICK = ("bn_cnn", "text_cnn")
REST = ("plain_cnn", "depthwise_net", "squeeze_excite", "u_net", "group_norm", "encoder", "prelu", "two_tower")
NAMES = (*QUICK, *REST, "shared", "multi_output", "recurrent_steps")


@pytest.fixture(scope="module")
def on_torch(tmp_path_factory):
    """The folder of all models and exports, made in a process whose Keras runs on PyTorch."""
    folder = tmp_path_factory.mktemp("on_torch")
    environment = {**os.environ, "KERAS_BACKEND": "torch", "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-m", "tests.keras_on_torch", str(folder), *NAMES]
    subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)
    return folder


def cases():
    for name in NAMES:
        for exporter in EXPORTERS:
            if (name, exporter) != ("encoder", "own"):
                yield pytest.param(name, exporter, id=f"{name}-{exporter}")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "exporter"), list(cases()))
def test_keras_on_pytorch(on_torch, name, exporter):
    path = on_torch / f"{name}-{exporter}.onnx"

    report = check(on_torch / f"{name}.keras", path)

    assert [each for each, severity in report.findings if severity != "info"] == []
    assert report.verdict is Verdict.EQUIVALENT
    assert remainders(report) == {}
    assert causeless(report) == []
    assert unnamed(report, path, inspect.getsource(MODELS[name]).count("BatchNormalization(")) == []


@pytest.mark.slow
def test_mutants_of_keras_on_pytorch(on_torch):
    from tests.test_onnx_exports_of_keras import MUTANTS, mutant

    for name in ("bn_cnn", "encoder", "group_norm", "recurrent_steps"):
        for old, new in MUTANTS[name]:
            report = check(mutant(name, old, new), on_torch / f"{name}-dynamo.onnx")
            assert report.verdict is Verdict.DIFFERENT, (name, old, new)
            assert remainders(report) == {}


def keras_2_model():
    import numpy as np
    import tf_keras

    k = tf_keras.layers
    image = k.Input((16, 16, 3), name="image")
    x = k.ReLU()(k.BatchNormalization(name="norm")(k.Conv2D(6, 3, strides=2, padding="same", name="one")(image)))
    x = k.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(x)
    x = k.Flatten()(k.MaxPooling2D()(k.ReLU(6.0)(k.BatchNormalization(name="norm2")(x))))
    x = k.Dense(7, activation="relu", name="hidden")(x)
    model = tf_keras.Model(image, k.Dense(3, activation="softmax", name="head")(x))
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.5, 1.5, each.shape).astype("float32") for each in model.get_weights()])
    return model


OPTIONS = {
    "as it is": {},
    "channels first": {"inputs_as_nchw": ["image"]},
    **{f"operator set {opset}": {"opset": opset} for opset in (9, 13, 18)},
    "a batch of four": {"batch": 4},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_keras_2_by_tf2onnx(tmp_path, name):
    import tensorflow as tf
    import tf2onnx

    model, options = keras_2_model(), dict(OPTIONS[name])
    model.save(tmp_path / "net.h5")
    if batch := options.pop("batch", None):
        options["input_signature"] = [tf.TensorSpec((batch, 16, 16, 3), tf.float32, name="image")]
    tf2onnx.convert.from_keras(model, output_path=str(tmp_path / "net.onnx"), **options)

    report = check(tmp_path / "net.h5", tmp_path / "net.onnx")

    assert report.verdict is Verdict.EQUIVALENT, [each for each, severity in report.findings if severity != "info"]
    assert remainders(report) == {}
    assert report.left.headline.total == model.count_params()
    assert unnamed(report, tmp_path / "net.onnx", 2) == []
