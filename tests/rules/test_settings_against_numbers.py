"""What rules of one setting say is what the frameworks compute, and their remedies mend it."""

import re

import numpy as np
import pytest

import parity
from parity.kinds import same_padding
from parity.rules.gelu_form import LARGEST
from tests.rules.cases import acts_as_in_training
from tests.rules.models import keras_net, layers, nn, onnx_model, torch_net
from tests.rules.numbers import differ_and_agree, remedied, returned, said

SIZE = 8


def images(channels=3, size=SIZE):
    return np.random.default_rng(3).normal(size=(2, size, size, channels)).astype("float32")


def vectors():
    return np.linspace(-6, 6, 2 * SIZE, dtype="float32").reshape(2, SIZE)


def test_leaky_slope():
    left, wrong = keras_net((SIZE,), layers().LeakyReLU(0.3)), torch_net(nn().LeakyReLU(0.01))
    found = said("leaky-slope", left, wrong, (1, SIZE))

    differ_and_agree(left, wrong, remedied(found), vectors())


def test_gelu_form():
    import torch

    left, wrong = keras_net((SIZE,), layers().Activation("gelu")), torch_net(nn().GELU("tanh"))
    found = said("gelu-form", left, wrong, (1, SIZE))
    x = torch.linspace(-10, 10, 200_001, dtype=torch.float64)
    distance = (torch.nn.functional.gelu(x) - torch.nn.functional.gelu(x, approximate="tanh")).abs()

    assert f"{distance.max():.1e}" == f"{LARGEST:.1e}"
    assert 2.5 < abs(x[distance.argmax()]) < 2.9
    differ_and_agree(left, wrong, remedied(found), np.full((2, SIZE), 2.7, dtype="float32"))


def test_softmax_axis():
    left = keras_net((SIZE, 6), layers().Softmax(axis=1))
    wrong = torch_net(nn().Softmax(-1))
    found = said("softmax-axis", left, wrong, (1, SIZE, 6))

    given = np.random.default_rng(1).normal(size=(2, SIZE, 6)).astype("float32")
    differ_and_agree(left, wrong, remedied(found), given)


def test_pool_border_counting():
    left = keras_net((SIZE, SIZE, 3), layers().AveragePooling2D(3, 1, "same"))
    wrong = torch_net(nn().AvgPool2d(3, 1, 1))
    found = said("pool-border-counting", left, wrong, (1, 3, SIZE, SIZE))
    inside, window = map(int, re.search(r"is (\d+)/(\d+) of", found.message).groups())

    mine, theirs = returned(left, wrong, images())
    right = remedied(found, lambda code: code.replace("...", "3, 1, 1"))

    np.testing.assert_allclose(theirs[:, 0, 0], mine[:, 0, 0] * inside / window, rtol=1e-4, atol=1e-6)
    differ_and_agree(left, wrong, right, images())


def test_pool_rounding():
    import torch

    left, wrong = torch_net(nn().MaxPool2d(2, ceil_mode=True)), torch_net(nn().MaxPool2d(2))
    report = parity.compare(left, wrong, inputs=[(1, 3, 9, 9)])
    found = next(each for each, _ in report.findings if each.rule == "pool-rounding")
    right = remedied(found, lambda code: code.replace("...", "2"))

    given = torch.zeros(1, 3, 9, 9)
    assert left(given).shape == right(given).shape != wrong(given).shape


def test_upsampling_grid():
    left = keras_net((SIZE, SIZE, 3), layers().UpSampling2D(2, interpolation="bilinear"))
    wrong = torch_net(nn().Upsample(scale_factor=2, mode="bilinear", align_corners=True))
    found = said("upsampling-grid", left, wrong, (1, 3, SIZE, SIZE))
    right = remedied(found, lambda code: code.replace("...", "scale_factor=2, mode='bilinear'"))

    differ_and_agree(left, wrong, right, images())


def with_weights_of(conv, left):
    import torch

    kernel, bias = left.layers[-1].get_weights()
    with torch.no_grad():
        conv.weight.copy_(torch.from_numpy(kernel.transpose(3, 2, 0, 1)))
        conv.bias.copy_(torch.from_numpy(bias))
    return conv


def test_padding_amount():
    left = keras_net((SIZE, SIZE, 3), layers().Conv2D(4, 3, 2, "same"))
    wrong = torch_net(with_weights_of(nn().Conv2d(3, 4, 3, 2, 1), left))
    found = said("padding-amount", left, wrong, (1, 3, SIZE, SIZE))
    pad = remedied(found, lambda code: code.partition(" before it")[0])[0]

    differ_and_agree(left, wrong, torch_net(pad, with_weights_of(nn().Conv2d(3, 4, 3, 2), left)), images())
    assert "would not show where the input size is odd" in found.message
    odd = keras_net((SIZE + 1, SIZE + 1, 3), layers().Conv2D(4, 3, 2, "same"))
    odd.set_weights(left.get_weights())
    np.testing.assert_allclose(*returned(odd, wrong, images(size=SIZE + 1)), rtol=1e-4, atol=1e-5)


def test_padding_with_the_odd_pixel_before():
    """``SAME_LOWER`` pads (1, 0) at even sizes and (1, 1) at odd ones."""
    import onnxruntime
    from onnx import helper

    def window(side, **pads):
        node = helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2], **pads)
        half = (side + 1) // 2
        return onnx_model([node], [("x", (1, 3, side, side))], [("y", (1, 3, half, half))])

    def pair(side):
        return window(side, auto_pad="SAME_LOWER"), window(side, pads=[1, 1, 0, 0])

    def outputs(model, side):
        session = onnxruntime.InferenceSession(model.SerializeToString())
        return session.run(None, {"x": images(side, side).transpose(0, 3, 1, 2)[:1, :3]})[0]

    found = next(each for each, _ in parity.compare(*pair(SIZE + 1)).findings if each.rule == "padding-amount")

    assert "would not show where the input size is even" in found.message
    np.testing.assert_array_equal(*(outputs(each, SIZE) for each in pair(SIZE)))
    assert not np.array_equal(*(outputs(each, SIZE + 1) for each in pair(SIZE + 1)))


def test_padding_side():
    left = keras_net((SIZE, SIZE, 3), layers().Conv2D(4, 3, 2, "same"))
    wrong = torch_net(nn().ZeroPad2d((1, 0, 1, 0)), with_weights_of(nn().Conv2d(3, 4, 3, 2), left))
    found = said("padding-side", left, wrong, (1, 3, SIZE, SIZE))
    pad = remedied(found, lambda code: code.partition(" before it")[0])[0]

    assert "windows begin 1, 1 pixels further out on the right" in found.message
    differ_and_agree(left, wrong, torch_net(pad, with_weights_of(nn().Conv2d(3, 4, 3, 2), left)), images())


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("window", [1, 2, 3, 4, 5])
def test_same_padding_is_that_of_tensorflow(window, stride):
    import tensorflow as tf

    for size in range(window, window + 9):
        line = tf.reshape(tf.range(1.0, size + 1), (1, size, 1))
        kernel = tf.reshape(tf.pow(100.0, tf.range(0.0, window)), (window, 1, 1))
        ((before, after),) = same_padding((size,), (window,), (stride,), (1,))

        padded = tf.pad(line, [(0, 0), (before, after), (0, 0)])

        np.testing.assert_allclose(
            tf.nn.conv1d(line, kernel, stride, "SAME"), tf.nn.conv1d(padded, kernel, stride, "VALID"), rtol=1e-5
        )


def test_reset_after():
    """PyTorch has one form only; the remedy for Keras is its setting."""
    import torch

    class Sequence(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = torch.nn.GRU(5, 4, batch_first=True)

        def forward(self, x):
            return self.gru(x)[0]

    right = Sequence().eval()
    wrong = keras_net((6, 5), layers().GRU(4, return_sequences=True, reset_after=False))
    report = parity.compare(right, wrong, left_inputs=[(1, 6, 5)])
    found = next(each for each, _ in report.findings if each.rule == "reset-after")
    settings = re.search(r"GRU\(\.\.\., (.*)\)", found.remedy)[1]
    mended = keras_net((6, 5), eval(f"layer(4, return_sequences=True, {settings})", {"layer": layers().GRU}))  # noqa: S307  our own words
    for model in (wrong, mended):
        model.set_weights(keras_weights(right.gru, doubled=model is mended))

    given = np.random.default_rng(2).normal(size=(2, 6, 5)).astype("float32")
    differ_and_agree(mended, lambda x: torch.from_numpy(wrong.predict(x.numpy(), verbose=0)), right, given)
    mine, theirs = returned(wrong, right, given)
    np.testing.assert_allclose(mine[:, 0], theirs[:, 0], rtol=1e-4, atol=1e-5)


def keras_weights(gru, *, doubled):
    """Kernels in the gate order of Keras: update, reset, new; without a second bias for the older form."""
    import torch

    def turned(tensor):
        reset, update, new = tensor.detach().chunk(3)
        return torch.cat((update, reset, new)).numpy().T

    with torch.no_grad():
        gru.bias_hh_l0.zero_()
    biases = [turned(gru.bias_ih_l0), turned(gru.bias_hh_l0)]
    return [turned(gru.weight_ih_l0), turned(gru.weight_hh_l0), np.stack(biases) if doubled else biases[0]]


def test_what_acts_as_in_training_does_not_once_the_mode_is_handed_on():
    import torch

    left, right, settings = acts_as_in_training.bad()
    report = parity.compare(left, right, **settings)
    found = next(each for each, _ in report.findings if each.rule == "acts-as-in-training")
    x = torch.ones(64, 8)

    assert "training=self.training" in found.remedy
    assert not torch.allclose(left(x), left(x))
    assert torch.allclose(right(x), right(x))
