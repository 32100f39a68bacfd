"""Heads that normalise or activate what a global pooling leaves, before or after its axes are dropped."""

import numpy as np
import pytest

import parity

pytestmark = pytest.mark.filterwarnings("ignore")

SHAPE = (2, 3, 9, 9)


def keras_head(*layers):
    """A convolution, its average over the image, and layers on channels."""
    import keras

    image = keras.Input((9, 9, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(8, 3)(image))
    for layer in layers:
        x = layer(x)
    return keras.Model(image, keras.layers.Dense(4)(x))


def torch_head(forward, *, mean=None):
    """The same, where ``forward`` works on an image of one pixel, which is flattened then."""
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm, self.head = nn.Conv2d(3, 8, 3), nn.LayerNorm(8, eps=1e-3), nn.Linear(8, 4)
            self.drop = nn.Dropout(0.3)

        def forward(self, x):
            x = self.conv(x)
            x = x.mean((2, 3), keepdim=True) if mean is None else mean(x)
            return self.head(forward(self, x).flatten(1))

    torch.manual_seed(0)
    return Net().eval()


def normed(net, x):
    """As timm's ``LayerNorm2d`` does."""
    return net.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def activated(net, x):
    import torch

    return torch.tanh(normed(net, x))


def pairs():
    from keras import layers

    return {
        "norm": ([layers.LayerNormalization()], normed),
        "activation": ([layers.LayerNormalization(), layers.Activation("tanh")], activated),
        "dropout": ([layers.LayerNormalization(), layers.Dropout(0.3)], lambda net, x: net.drop(normed(net, x))),
    }


@pytest.mark.parametrize("name", ["norm", "activation", "dropout"])
def test_heads_are_the_same_wherever_the_axes_of_an_image_are_dropped(name):
    layers, forward = pairs()[name]
    report = parity.compare(keras_head(*layers), torch_head(forward), right_inputs=[SHAPE], verify="full")
    assert report.verdict == "equivalent", str(report)


@pytest.mark.parametrize("name", ["norm", "activation"])
def test_a_head_that_does_something_else_is_not_the_same(name):
    import keras

    layers, forward = pairs()[name]
    other = keras_head(*layers, keras.layers.Activation("relu"))
    assert parity.compare(other, torch_head(forward), right_inputs=[SHAPE]).verdict == "different"
    last = keras_head(*layers[::-1], keras.layers.LayerNormalization())
    assert parity.compare(last, torch_head(forward), right_inputs=[SHAPE]).verdict == "different"


def test_one_pixel_is_another_model_than_the_average_of_all():
    corner = torch_head(activated, mean=lambda x: x[:, :, :1, :1])
    assert parity.compare(torch_head(activated), corner, inputs=[SHAPE]).verdict == "different"


@pytest.mark.parametrize("name", ["norm", "activation", "dropout"])
def test_both_forms_compute_what_pytorch_does(name, monkeypatch):
    import torch

    monkeypatch.setenv("PARITY_VERIFY", "1")
    net, x = torch_head(pairs()[name][1]), np.random.default_rng(0).normal(size=SHAPE).astype("float32")
    (computed,) = parity.evaluate(net, x).values()
    assert np.allclose(computed, net(torch.from_numpy(x)).detach(), atol=1e-5)
