"""A convolution of one pixel in one model is a dense layer in the other: inside of images and in heads."""

import numpy as np
import pytest

import parity

pytestmark = pytest.mark.filterwarnings("ignore")

IMAGE = (2, 3, 9, 9)


def inside(layers, dense):
    """Channels are mixed at each pixel."""
    mix = layers.Dense(16, activation="relu") if dense else layers.Conv2D(16, 1, activation="relu")
    return [mix, layers.GlobalAveragePooling2D(), layers.Dense(4)]


def head(layers, dense):
    """As Keras' MobileNet ends, and as others do."""
    last = [layers.Dense(4)] if dense else [layers.Conv2D(4, 1), layers.Reshape((4,))]
    return [layers.GlobalAveragePooling2D(keepdims=not dense), layers.Activation("tanh"), *last]


def deep_head(layers, dense):
    """As Keras' MobileNetV3 ends: a convolution that both models have comes first."""
    first, act = layers.Conv2D(12, 1), layers.Activation("tanh")
    last = [layers.Flatten(), layers.Dense(4)] if dense else [layers.Conv2D(4, 1), layers.Flatten()]
    return [layers.GlobalAveragePooling2D(keepdims=True), first, act, *last]


def keras_model(make, dense):
    import keras

    image = keras.Input((9, 9, 3))
    x = keras.layers.Conv2D(8, 3)(image)
    for layer in make(keras.layers, dense):
        x = layer(x)
    return keras.Model(image, x)


def torch_model(make, dense, **settings):
    import torch
    from torch import nn

    class Pixels(nn.Module):
        def __init__(self):
            super().__init__()
            self.mix = nn.Linear(8, 16) if dense else nn.Conv2d(8, 16, **{"kernel_size": 1, **settings})

        def forward(self, x):
            return self.mix(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2) if dense else self.mix(x)

    pool = nn.AdaptiveAvgPool2d(1)
    rest = {
        inside: lambda: [Pixels(), nn.ReLU(), pool, nn.Flatten(), nn.Linear(16, 4)],
        deep_head: lambda: [
            *(pool, nn.Conv2d(8, 12, 1), nn.Tanh()),
            *([nn.Flatten(), nn.Linear(12, 4)] if dense else [nn.Conv2d(12, 4, 1), nn.Flatten()]),
        ],
        head: lambda: [
            pool,
            nn.Tanh(),
            *([nn.Flatten(), nn.Linear(8, 4)] if dense else [nn.Conv2d(8, 4, 1), nn.Flatten()]),
        ],
    }
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3), *rest[make]()).eval()


@pytest.mark.parametrize("make", [inside, head, deep_head])
@pytest.mark.parametrize("dense", [True, False])
def test_one_pixel_at_a_time_is_a_matrix(make, dense):
    left, right = keras_model(make, dense), torch_model(make, not dense)
    report = parity.compare(left, right, right_inputs=[IMAGE], verify="full")
    assert report.verdict == "equivalent", str(report)
    assert report.ledger.remainder == 0


@pytest.mark.parametrize("make", [inside, head])
@pytest.mark.parametrize("dense", [True, False])
def test_their_weights_are_carried_over(make, dense, tmp_path):
    import keras
    import torch

    left, right = keras_model(make, dense), torch_model(make, not dense)
    left.save(tmp_path / "net.keras")
    torch.export.save(torch.export.export(right, (torch.zeros(IMAGE),)), tmp_path / "net.pt2")
    parity.port(tmp_path / "net.keras", tmp_path / "net.pt2", tmp_path / "ported.pt2")
    parity.port(tmp_path / "net.pt2", tmp_path / "net.keras", tmp_path / "ported.keras")

    x = np.random.default_rng(0).normal(size=IMAGE).astype("float32")
    seen = torch.from_numpy(x)
    ported = torch.export.load(tmp_path / "ported.pt2").module()(seen).detach()
    assert np.allclose(ported, left.predict(x.transpose(0, 2, 3, 1), verbose=0), atol=1e-5)
    back = keras.saving.load_model(tmp_path / "ported.keras")
    assert np.allclose(back.predict(x.transpose(0, 2, 3, 1), verbose=0), right(seen).detach(), atol=1e-5)
    report = parity.compare(tmp_path / "net.keras", tmp_path / "ported.pt2", weights=True, verify="full")
    assert report.verdict == "equivalent", str(report)
    assert parity.compare(tmp_path / "net.keras", tmp_path / "net.pt2", weights=True).verdict == "different"


@pytest.mark.parametrize(
    "settings", [{"kernel_size": 3, "padding": 1}, {"stride": 2}, {"groups": 2}, {"padding": 1}, {"bias": False}]
)
def test_other_convolutions_are_no_dense_layers(settings):
    report = parity.compare(
        keras_model(inside, dense=True), torch_model(inside, dense=False, **settings), right_inputs=[IMAGE]
    )
    assert report.verdict == "different"
