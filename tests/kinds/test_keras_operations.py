"""Operations of ``keras.ops`` are what PyTorch calls otherwise, by the numbers of both and by parity."""

import numpy as np
import pytest

import parity

X = np.random.default_rng(0).normal(size=(2, 6, 4)).astype("float32")
K = np.random.default_rng(1).normal(size=(3, 4, 5)).astype("float32")
V = np.random.default_rng(2).normal(size=(4,)).astype("float32")


def _plain():
    import keras
    import torch
    from torch.nn import functional

    ops = keras.ops
    return {
        "convert-to-tensor": (ops.convert_to_tensor, lambda x: x.clone()),
        "slice": (lambda x: ops.slice(x, (0, 1, 0), (-1, 3, 4)), lambda x: x[:, 1:4]),
        "pad-with-a-number": (
            lambda x: ops.pad(x, [[0, 0], [1, 1], [0, 0]], constant_values=2.5),
            lambda x: functional.pad(x, (0, 0, 1, 1), value=2.5),
        ),
        "fliplr": (ops.fliplr, lambda x: x.flip(1)),
        "hstack": (lambda x: ops.hstack([x, 2 * x]), lambda x: torch.cat([x, 2 * x], 1)),
        "append": (lambda x: ops.append(x, 2 * x, axis=2), lambda x: torch.cat([x, 2 * x], 2)),
        "array-split": (lambda x: ops.array_split(x, 4, axis=1)[1], lambda x: x[:, 2:4]),
        "diff": (lambda x: ops.diff(x, axis=1), lambda x: x.diff(dim=1)),
        "average": (lambda x: ops.average(x, axis=1), lambda x: x.mean(1)),
        "moments": (lambda x: ops.add(*ops.moments(x, (1,))), lambda x: x.mean(1) + x.var(1, correction=0)),
        "deg2rad": (ops.deg2rad, lambda x: x * (np.pi / 180)),
        "divide-no-nan": (
            lambda x: ops.divide_no_nan(x, ops.relu(x)),
            lambda x: torch.where(torch.relu(x) == 0, 0.0, x / torch.relu(x)),
        ),
        "rearrange": (
            lambda x: ops.rearrange(x, "b (h w) c -> b h (w c)", h=2),
            lambda x: x.reshape(2, 2, 3, 4).reshape(2, 2, 12),
        ),
        "rms-norm": (
            lambda x: ops.rms_normalization(x, epsilon=1e-5),
            lambda x: functional.rms_norm(x, (4,), eps=1e-5),
        ),
        "tensordot": (
            lambda x: ops.tensordot(x, ops.mean(x, axis=0), axes=[[1, 2], [0, 1]]),
            lambda x: torch.einsum("abc,bc->a", x, x.mean(0)),
        ),
        "masked-softmax": (
            lambda x: keras.layers.Softmax()(x, ops.greater(x, 0)),
            lambda x: torch.where(x > 0, torch.softmax(x + torch.where(x > 0, 0.0, -torch.inf), -1), 0.0),
        ),
    }


NAMES = (
    *("append", "array-split", "average", "convert-to-tensor", "deg2rad", "diff", "divide-no-nan", "fliplr"),
    *("hstack", "masked-softmax", "moments", "pad-with-a-number", "rearrange", "rms-norm", "slice", "tensordot"),
)


def _module(function):
    import torch

    class Module(torch.nn.Module):
        def forward(self, x):
            return function(x)

    return Module()


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_without_weights_is_that_of_pytorch(name):
    import keras
    import torch

    ours, theirs = _plain()[name]
    x = keras.Input((6, 4), batch_size=2)
    left, right = keras.Model(x, ours(x)), _module(theirs)

    assert np.allclose(left(X), right(torch.tensor(X)), atol=1e-5)
    assert _computed(left, X) < 1e-5
    report = parity.compare(left, right, right_inputs=[(2, 6, 4)])
    assert report.verdict == "equivalent", report


def _computed(model, *arrays):
    """What parity computes of a model, less what Keras does."""
    (found,) = parity.evaluate(model, list(arrays)).values()
    return np.max(np.abs(found - np.asarray(model(*arrays))))


@pytest.mark.parametrize(
    "function",
    [
        lambda ops, x: ops.image.crop_images(x, 1, 2, 1, 0),
        lambda ops, x: ops.image.pad_images(x, 1, 2, target_height=9, target_width=8),
    ],
)
def test_images_are_cropped_and_padded_as_said(function):
    import keras

    x = keras.Input((6, 4, 3))
    image = np.random.default_rng(3).normal(size=(2, 6, 4, 3)).astype("float32")
    assert _computed(keras.Model(x, function(keras.ops, x)), image) < 1e-5


def _weighted(call, **shapes):
    import keras

    class Layer(keras.layers.Layer):
        def build(self, _):
            self.held = {name: self.add_weight(shape=shape, name=name) for name, shape in shapes.items()}

        def call(self, x):
            return call(x, **self.held)

    x = keras.Input((6, 4))
    return keras.Model(x, Layer()(x))


def _torch(call, **shapes):
    import torch

    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            for name, shape in shapes.items():
                self.register_parameter(name, torch.nn.Parameter(torch.ones(shape)))

        def forward(self, x):
            return call(x, **dict(self.named_parameters()))

    return Module()


def _pairs():
    import keras
    from torch.nn import functional

    ops = keras.ops

    def over_steps(x, k):
        return functional.conv1d(x.transpose(1, 2), k).transpose(1, 2)

    return {
        "conv": (_weighted(ops.conv, kernel=(3, 4, 5)), _torch(over_steps, k=(5, 4, 3))),
        "layer-norm": (
            _weighted(lambda x, g, b: ops.layer_normalization(x, g, b, epsilon=1e-5), g=(4,), b=(4,)),
            _torch(lambda x, g, b: functional.layer_norm(x, (4,), g, b), g=(4,), b=(4,)),
        ),
        "rms-norm": (
            _weighted(lambda x, g: ops.rms_normalization(x, g, epsilon=1e-5), g=(4,)),
            _torch(lambda x, g: functional.rms_norm(x, (4,), g, 1e-5), g=(4,)),
        ),
        "matmul": (
            _weighted(ops.matmul, x2=(4, 3)),
            _torch(functional.linear, weight=(3, 4)),
        ),
        "take": (
            _weighted(lambda x, t: ops.take(t, ops.cast(x, "int32"), axis=0), t=(9, 5)),
            _torch(lambda x, t: functional.embedding(x.int(), t), t=(9, 5)),
        ),
        "concatenate": (
            _weighted(lambda x, c: ops.concatenate([ops.broadcast_to(c, (2, 1, 4)), x], 1), c=(1, 1, 4)),
            _torch(lambda x, c: __import__("torch").cat([c.expand(2, 1, 4), x], 1), c=(1, 1, 4)),
        ),
    }


@pytest.mark.parametrize("name", ["conv", "layer-norm", "matmul", "rms-norm"])
def test_an_operation_with_stored_operands_is_that_of_pytorch(name):
    left, right = _pairs()[name]
    assert _computed(left, X) < 1e-5
    report = parity.compare(left, right, right_inputs=[(2, 6, 4)])
    assert report.verdict == "equivalent", report


@pytest.mark.parametrize("name", ["take", "concatenate"])
def test_stored_operands_are_counted_and_read_wherever_they_stand(name):
    from parity.adapters import read
    from parity.kinds import translate

    left, _ = _pairs()[name]
    assert _computed(left, np.abs(X)) < 1e-5
    graph = translate(read(left))
    assert sum(each.numel for each in graph.weights) == left.count_params() > 0
    assert not [layer for layer in graph.layers if layer.kind in {"opaque", "unused"}]


def test_an_epsilon_that_an_operation_is_not_given_is_keras_own():
    import keras
    from torch.nn import functional

    x = keras.Input((6, 4))
    left = keras.Model(x, keras.ops.rms_normalization(x))
    for epsilon, verdict in ((1e-7, "equivalent"), (1e-3, "different")):
        right = _module(lambda x, epsilon=epsilon: functional.rms_norm(x, (4,), eps=epsilon))
        assert parity.compare(left, right, right_inputs=[(2, 6, 4)]).verdict == verdict
