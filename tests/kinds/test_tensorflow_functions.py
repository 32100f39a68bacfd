"""TensorFlow's functions in models of Keras 2 are what PyTorch calls otherwise, by the numbers of both."""

import numpy as np
import pytest

import parity
from parity.adapters import read
from parity.kinds import translate

X = np.random.default_rng(0).normal(size=(2, 6, 4)).astype("float32")


def _functions():
    import tensorflow as tf
    import torch
    from torch.nn import functional

    return {
        "arithmetic": (lambda x: (1.0 - tf.math.abs(x)) * x / 3.0 + 2.0, lambda x: (1.0 - x.abs()) * x / 3.0 + 2.0),
        "activations": (
            lambda x: tf.nn.gelu(tf.nn.leaky_relu(x)),
            lambda x: functional.gelu(functional.leaky_relu(x, 0.2)),
        ),
        "brackets": (lambda x: x[:, 1:5, ::2], lambda x: x[:, 1:5, ::2]),
        "concat-and-split": (
            lambda x: tf.split(tf.concat([x, 2.0 * x], axis=-1), [3, 5], axis=-1)[1],
            lambda x: torch.cat([x, 2 * x], -1)[..., 3:],
        ),
        "product": (
            lambda x: tf.matmul(x, x, transpose_b=True),
            lambda x: x @ x.transpose(1, 2),
        ),
        "reductions": (
            lambda x: tf.reduce_max(x, axis=1, keepdims=True) - tf.reduce_sum(x, axis=2, keepdims=True),
            lambda x: x.amax(1, keepdim=True) - x.sum(2, keepdim=True),
        ),
        "shapes": (
            lambda x: tf.transpose(tf.reshape(x, (-1, 3, 8)), [0, 2, 1]),
            lambda x: x.reshape(-1, 3, 8).permute(0, 2, 1),
        ),
        "choice": (lambda x: tf.where(x > 0.5, x, 0.0), lambda x: torch.where(x > 0.5, x, 0.0)),
        "padding": (
            lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 0]], constant_values=3.0),
            lambda x: functional.pad(x, (0, 0, 1, 2), value=3.0),
        ),
        "clipping": (lambda x: tf.clip_by_value(x, -0.5, 0.25), lambda x: x.clamp(-0.5, 0.25)),
    }


NAMES = ("activations", "arithmetic", "brackets", "choice", "clipping", "concat-and-split", "padding", "product")


@pytest.mark.parametrize("name", [*NAMES, "reductions", "shapes"])
def test_a_function_is_that_of_pytorch(name, tmp_path):
    keras = pytest.importorskip("tf_keras")
    import torch

    ours, theirs = _functions()[name]
    x = keras.Input((6, 4))
    model = keras.Model(x, ours(x))
    model.save(tmp_path / "model.h5")

    class Module(torch.nn.Module):
        def forward(self, x):
            return theirs(x)

    assert np.allclose(model(X), Module()(torch.tensor(X)), atol=1e-5)
    graph = translate(read(tmp_path / "model.h5"))
    assert [layer.path for layer in graph.layers if layer.kind == "opaque"] == []
    report = parity.compare(tmp_path / "model.h5", Module(), right_inputs=[(2, 6, 4)])
    assert report.verdict == "equivalent", report


def test_a_function_that_is_not_known_stays_what_it_is(tmp_path):
    keras = pytest.importorskip("tf_keras")
    import tensorflow as tf

    x = keras.Input((6, 4))
    keras.Model(x, [tf.nn.silu(x, beta=2.0), tf.math.lgamma(x)]).save(tmp_path / "model.h5")
    graph = translate(read(tmp_path / "model.h5"))
    assert [layer.kind for layer in graph.layers] == ["input", "opaque", "opaque"]
