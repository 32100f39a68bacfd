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


def gates(reduced, gate):
    """An image whose channels are weighed by what a gate makes of their means (Hu et al. 2018)."""
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.last = nn.Conv2d(3, 16, 3), nn.Conv2d(16, 8, 3)
            self.a, self.b = reduced(16, 4), reduced(4, 16)

        def forward(self, x):
            x = self.conv(x)
            return self.last(x * gate(self, x))

    torch.manual_seed(0)
    return Net().eval()


def gated_by_pixels(act):
    from torch import nn

    def gate(net, x):
        return act(net.b(net.a(x.mean((2, 3), keepdim=True)).relu()))

    return gates(lambda before, after: nn.Conv2d(before, after, 1), gate)


def gated_by_rows(act, *, late=False):
    """The axes of an image come back before or after the last activation."""
    from torch import nn

    def gate(net, x):
        x = net.b(net.a(x.mean((2, 3))).relu())
        return act(x[:, :, None, None]) if late else act(x).view(x.shape[0], 16, 1, 1)

    return gates(nn.Linear, gate)


def keras_gate(*, early, activation="sigmoid"):
    """The same with the axes of the image before or after its dense layers."""
    import keras
    from keras import layers

    image = keras.Input((9, 9, 3))
    x = layers.Conv2D(16, 3)(image)
    y = layers.GlobalAveragePooling2D()(x)
    y = layers.Reshape((1, 1, 16))(y) if early else y
    y = layers.Dense(16, activation=activation)(layers.Dense(4, activation="relu")(y))
    y = y if early else layers.Reshape((1, 1, 16))(y)
    return keras.Model(image, layers.Conv2D(8, 3)(layers.Multiply()([x, y])))


@pytest.mark.parametrize("early", [True, False])
def test_gates_of_channels_are_the_same_wherever_the_axes_of_an_image_come_back(early):
    import torch

    for other in (gated_by_pixels(torch.sigmoid), gated_by_rows(torch.sigmoid)):
        report = parity.compare(keras_gate(early=early), other, right_inputs=[SHAPE], verify="full")
        assert report.verdict == "equivalent", str(report)
        assert report.certificate.how


def test_gates_are_the_same_within_a_framework_and_after_an_export(tmp_path):
    import torch

    pixels, rows, late = (
        gated_by_pixels(torch.sigmoid),
        gated_by_rows(torch.sigmoid),
        gated_by_rows(torch.sigmoid, late=True),
    )
    rows.load_state_dict(
        {
            name: each.view(each.shape[:2]) if each.shape[2:] == (1, 1) else each
            for name, each in pixels.state_dict().items()
        }
    )
    late.load_state_dict(rows.state_dict())
    for other in (rows, late):
        told = {"left_inputs": [SHAPE], "right_inputs": [SHAPE], "weights": True, "verify": "full"}
        report = parity.compare(pixels, other, **told)
        assert report.verdict == "equivalent", str(report)
        assert report.certificate.how
    path = tmp_path / "gate.onnx"
    torch.onnx.export(
        rows, (torch.zeros(SHAPE),), str(path), dynamo=False, dynamic_axes={"x": {0: "n"}}, input_names=["x"]
    )
    report = parity.compare(pixels, path, left_inputs=[SHAPE], weights=True, verify="full")
    assert report.verdict == "equivalent", str(report)


def test_gates_of_something_else_are_not_the_same():
    import torch

    right = gated_by_pixels(torch.sigmoid)
    for other in (gated_by_rows(torch.tanh), gated_by_rows(torch.relu, late=True)):
        report = parity.compare(other, right, left_inputs=[SHAPE], right_inputs=[SHAPE])
        assert report.verdict == "different", str(report)
    other = keras_gate(early=False, activation="tanh")
    assert parity.compare(other, right, right_inputs=[SHAPE]).verdict == "different"


def test_a_head_that_keeps_the_axes_of_an_image_gives_another_shape():
    import torch
    from torch import nn

    torch.manual_seed(0)
    wide = nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 4, 1), nn.ReLU(), nn.Conv2d(4, 8, 1))
    flat = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 8)
    )
    report = parity.compare(wide.eval(), flat.eval(), left_inputs=[SHAPE], right_inputs=[SHAPE])
    assert report.verdict == "different", str(report)
