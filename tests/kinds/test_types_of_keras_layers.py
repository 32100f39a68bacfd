"""Layers of Keras that leave whole numbers what they are, whatever type Keras records of them."""

import re

import numpy as np
import pytest

from parity.kinds._output_types import LAYERS

keras = pytest.importorskip("keras")

TWO = {"Add", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"}
SETTINGS = {
    **{name: {"rate": 0.1} for name in ("AlphaDropout", "Dropout", "GaussianDropout")},
    **{f"SpatialDropout{rank}D": {"rate": 0.1} for rank in (1, 2, 3)},
    "Dot": {"axes": 1},
    "GaussianNoise": {"stddev": 0.1},
}


def model(name, dtype):
    rank = re.search(r"(\d)D$", name)
    x = keras.Input((4,) * (int(rank[1]) if rank else 1) + (2,), dtype=dtype, batch_size=2)
    layer = getattr(keras.layers, name)(**SETTINGS.get(name, {}))
    return keras.Model(x, layer([x, x] if name in TWO else x))


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("name", sorted(LAYERS))
def test_the_type_is_that_of_what_comes_out(name, dtype, tmp_path):
    made = model(name, dtype)
    made.save(tmp_path / "model.keras")
    truth = np.asarray(made(np.ones(made.inputs[0].shape, dtype))).dtype

    assert truth == dtype
    for each in (made, tmp_path / "model.keras"):
        assert told(each) == (dtype,)


def told(model):
    from parity.adapters import read
    from parity.kinds import translate

    return translate(read(model)).output_types


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_real_numbers_are_real(name):
    assert told(model(name, "float32")) == ("float32",)
