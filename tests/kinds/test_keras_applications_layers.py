"""Layers that only the models of keras.applications have."""

import numpy as np
import pytest

from tests.kinds.translated import array, checked, kinds_of, only, read_keras, roles


def test_layer_scale():
    from keras.src.applications.convnext import LayerScale

    found = only(checked(read_keras(LayerScale(0.5, 3), shape=(4, 4, 3))), "elementwise")

    assert (found.attributes["function"], roles(found)) == ("multiply", {"operand": ((3,), "c")})


def test_stochastic_depth():
    from keras.src.applications.convnext import StochasticDepth

    layer = StochasticDepth(0.25)
    found = only(checked(read_keras(layer, shape=(4, 4, 3))), "dropout")

    assert found.attributes == {"rate": 0.25, "units": "samples", "noise": "zero"}
    made = np.asarray(layer(np.ones((64, 2, 2, 3), "float32"), training=True))
    assert {len(np.unique(each)) for each in made} == {1}


def test_a_scaled_residual(tmp_path):
    import keras
    from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

    from parity.adapters import read

    x = keras.Input((4, 4, 3))
    model = keras.Model(x, CustomScaleLayer(0.2)([keras.layers.ReLU()(x), x]))
    model.save(tmp_path / "model.keras")

    for source in (read(model), read(tmp_path / "model.keras")):
        graph = checked(source)
        assert kinds_of(graph) == ["activation", "elementwise", "elementwise"]
        times, plus = (layer for layer in graph.layers if layer.kind == "elementwise")
        assert (times.inputs, times.attributes["operand"]) == (graph.inputs, pytest.approx(0.2))
        assert plus.inputs[0] != times.inputs[0]
    image = array(2, 4, 4, 3)
    assert np.allclose(model(image), np.maximum(image, 0) + np.float32(0.2) * image, atol=1e-6)


def test_a_class_of_the_user_s_own_of_that_name_is_what_it_computes():
    import keras

    class LayerScale(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.gamma = self.add_weight(shape=(3,))

        def call(self, x):
            return x + self.gamma

    assert kinds_of(checked(read_keras(LayerScale(), shape=(3,)))) == ["elementwise"]
