"""A model against what an exporter has made of it: every weight is the same, or rounded, seen from either side."""

import numpy as np
import pytest

import parity
from parity.reports import Verdict
from parity.transfer import State
from tests.keras_exports import MODELS, randomised
from tests.test_onnx_exports_of_keras import export

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def computes_what_the_model_computes(model, source, target, out):
    """Other weights are carried over into an export, in which normalisations are folded."""
    import onnxruntime

    model.save(source)
    parity.port(source, target, out)

    session = onnxruntime.InferenceSession(out)
    given = np.random.default_rng(0).standard_normal((1, *model.inputs[0].shape[1:])).astype("float32")
    (made,) = session.run(None, {session.get_inputs()[0].name: given})
    np.testing.assert_allclose(made, np.asarray(model(given, training=False)), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ["bn_cnn", "depthwise_net", "encoder"])
def test_weights_of_an_export_are_those_of_the_model(name, tmp_path):
    """Exporters fold normalisations into kernels, and statistics into scale and offset."""
    model = randomised(MODELS[name]())
    source, target = tmp_path / "net.keras", tmp_path / "net.onnx"
    model.save(source)
    export(model, target)

    for pair in ((source, target), (target, source)):
        report = parity.compare(*pair, weights=True)
        assert {each.state for each in report.weights} <= {State.SAME, State.ROUNDED}
        assert report.verdict is Verdict.EQUIVALENT

    computes_what_the_model_computes(randomised(model, seed=1), source, target, tmp_path / "ported.onnx")
    randomised(model)
    model.get_layer(index=-1).bias.assign(model.get_layer(index=-1).bias + 1)
    model.save(source)
    assert parity.compare(source, target, weights=True).verdict is Verdict.DIFFERENT


def test_weights_of_a_saved_model_are_those_of_the_model_though_no_class_is_told(tmp_path):
    model = randomised(MODELS["depthwise_net"]())
    model.save(tmp_path / "net.keras")
    model.export(tmp_path / "net", verbose=False)

    report = parity.compare(tmp_path / "net.keras", tmp_path / "net", weights=True)

    assert {each.state for each in report.weights} == {State.SAME}
    assert {"depthwise", "multiplied"} <= {each.layers[1] for each in report.weights}
    assert report.verdict is Verdict.INCONCLUSIVE, "it does not tell what is between the layers"
