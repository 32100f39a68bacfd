"""Functions that rise but for a dip below 0: the largest of what they make is not what they make of the largest."""

import numpy as np
import pytest

import parity

keras = pytest.importorskip("keras")
pytestmark = pytest.mark.filterwarnings("ignore")

DIPS = ("silu", "gelu", "hard_silu", "mish")
LAST = {
    "places": lambda x: keras.ops.argmax(keras.ops.mean(x, axis=-1), axis=-1),
    "places of the least": lambda x: keras.ops.argmin(keras.ops.sum(x, axis=-1), axis=1),
    "an order": lambda x: keras.ops.argsort(keras.ops.mean(x, axis=-1), axis=-1),
    "the numbers": lambda x: keras.ops.mean(x, axis=-1),
}


def activation(name):
    return keras.layers.Activation(name)


def sides(name, last, size):
    pools = [keras.layers.MaxPooling2D(size, strides=1) for _ in range(2)]
    start = [keras.Input((5, 5, 3), batch_size=2) for _ in range(2)]
    first = keras.Model(start[0], LAST[last](activation(name)(pools[0](start[0]))))
    return first, keras.Model(start[1], LAST[last](pools[1](activation(name)(start[1]))))


@pytest.mark.parametrize("name", DIPS)
@pytest.mark.parametrize("last", list(LAST))
@pytest.mark.parametrize("size", [2, 3])
def test_a_largest_one_after_a_dip_is_not_the_same_as_before_it(name, last, size):
    left, right = sides(name, last, size)
    given = -3 * np.abs(np.random.default_rng(0).normal(size=(2, 5, 5, 3))).astype("float32")
    assert not np.array_equal(left(given), right(given))
    assert parity.compare(left, right).verdict is not parity.Verdict.EQUIVALENT


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softplus"])
@pytest.mark.parametrize("last", ["places", "the numbers"])
def test_what_rises_everywhere_changes_places_with_it(name, last):
    assert parity.compare(*sides(name, last, 2)).verdict == "equivalent"
