"""Layers that act in training only: Keras passes their input on, and a comparison tells them apart by what they do."""

import numpy as np
import pytest

import parity
from parity.graph import Effect
from parity.kinds import kind
from parity.kinds.training_only.augmentation import LAYERS
from tests.kinds.translated import array, checked, kinds_of, only, read_keras, read_torch, roles

ARGUMENTS = {
    **dict.fromkeys(("RandomBrightness", "RandomColorDegeneration", "RandomContrast", "RandomHue"), (0.5,)),
    **dict.fromkeys(("RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear", "RandomZoom"), (0.5,)),
    "RandomTranslation": (0.5, 0.5),
    "RandomPosterization": (4,),
}


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_augmentations_do_nothing_in_inference(name):
    import keras

    layer = getattr(keras.layers, name)(*ARGUMENTS.get(name, ()))
    image = (array(2, 12, 10, 3) * 40 + 100).astype("float32")

    assert np.allclose(layer(image, training=False), image)
    if name == "Equalization":
        return  # which no functional model of this release takes
    found = only(checked(read_keras(layer, shape=(12, 10, 3))), "augmentation")
    assert found.attributes["change"] == name
    assert kind("augmentation").training_only


def test_what_acts_in_inference_is_listed():
    import keras

    from parity.kinds.neutral._listed_opaque import LISTED

    image = (array(2, 12, 10, 3) * 40 + 100).astype("float32")
    for layer in (keras.layers.AutoContrast(), keras.layers.ContrastLimitedAdaptiveHistogramEqualization()):
        assert not np.allclose(layer(image, training=False), image)
        assert ("keras", type(layer).__name__) in LISTED


def test_dropouts_of_keras_and_torch():
    import keras
    import torch

    k, nn = keras.layers, torch.nn
    pairs = [
        (k.Dropout(0.3), nn.Dropout(0.3)),
        (k.SpatialDropout2D(0.3), nn.Dropout2d(0.3)),
        (k.Dropout(0.3, noise_shape=(None, 1, 1, None)), nn.Dropout2d(0.3)),
        (k.AlphaDropout(0.3), nn.AlphaDropout(0.3)),
    ]
    said = []
    for left, right in pairs:
        mine = only(checked(read_keras(left, shape=(4, 4, 3))), "dropout").attributes
        theirs = only(checked(read_torch(right, (2, 3, 4, 4))), "dropout").attributes
        axes = mine.pop("axis", -1), theirs.pop("axis", -3)
        assert mine == theirs
        assert axes == (-1, -3)  # of the channels, in the layout of each
        said.append(tuple(mine.items()))
    others = [k.GaussianDropout(0.3), k.Dropout(0.2), k.Dropout(0.3, noise_shape=(None, 1, 4, 3))]
    others = [only(checked(read_keras(each, shape=(4, 4, 3))), "dropout").attributes for each in others]
    feature = only(checked(read_torch(nn.FeatureAlphaDropout(0.3), (2, 3, 4, 4))), "dropout").attributes
    assert len({*said, *(tuple(each.items()) for each in (*others, feature))}) == 3 + len(others) + 1


@pytest.mark.parametrize("name", ["noise", "penalty", "flip"])
def test_they_only_change_training(name):
    import keras

    k = keras.layers
    layer = {"noise": k.GaussianNoise(0.1), "penalty": k.ActivityRegularization(0.1), "flip": k.RandomFlip()}[name]

    def net(*layers):
        x = value = keras.Input((8, 8, 3))
        for each in (*layers, k.Conv2D(4, 3)):
            value = each(value)
        return keras.Model(x, value)

    report = parity.compare(net(layer), net())

    assert {each.rule for each, _ in report.findings} == {"training-only-layer"}
    assert {each.effect for each, _ in report.findings} == {Effect.TRAINING}
    assert parity.compare(net(layer), net(), profile="inference").verdict.value == "equivalent"


@pytest.mark.parametrize("wrapped", ["Conv2D", "Dense", "Conv2DTranspose"])
def test_spectral_normalization_is_the_layer_that_it_wraps(wrapped):
    import keras

    arguments = (4,) if wrapped == "Dense" else (4, 3)
    layer = keras.layers.SpectralNormalization(
        getattr(keras.layers, wrapped)(*arguments, activation="relu"), power_iterations=2
    )
    graph = checked(read_keras(layer, shape=(8, 8, 3)))

    inner = {"Conv2D": "conv", "Dense": "dense", "Conv2DTranspose": "conv_transpose"}[wrapped]
    assert kinds_of(graph) == ["spectral_norm", inner, "activation"]
    assert set(roles(only(graph, inner))) == {"kernel", "bias"}
    assert only(graph, "spectral_norm").attributes["power_iterations"] == 2
    assert roles(only(graph, "spectral_norm"))["vector"][0] == (1, 3 if wrapped == "Conv2DTranspose" else 4)
    image = array(2, 8, 8, 3)
    assert np.allclose(layer(image, training=False), layer.layer(image))


@pytest.mark.parametrize("wrapped", ["Conv2D", "Dense"])
def test_a_config_alone_counts_what_spectral_normalization_adds(wrapped, tmp_path):
    import keras

    from parity.adapters import read
    from parity.kinds import translate
    from parity.summarise import summarise

    x = keras.Input((8, 8, 3))
    layer = getattr(keras.layers, wrapped)(*((4,) if wrapped == "Dense" else (4, 3)))
    model = keras.Model(x, keras.layers.SpectralNormalization(layer)(x))
    (tmp_path / "model.json").write_text(model.to_json())

    graph = translate(read(tmp_path / "model.json"))

    assert graph.gaps == ()
    assert sum({each.storage: each.numel for each in graph.weights}.values()) == model.count_params()
    assert sum(row.params for row in summarise(tmp_path / "model.json").rows) == model.count_params()


@pytest.mark.parametrize("rank", [1, 2])
def test_channels_that_are_dropped_are_those_of_the_layout(rank):
    """A dropout of PyTorch for channels, in the midst of axes in Keras' order, drops what are no channels."""
    import keras
    import torch
    from torch import nn

    k, convolution, dropout = keras.layers, f"Conv{rank}d", f"Dropout{rank}d"
    start = keras.Input((9,) * rank + (3,), batch_size=2)
    made = getattr(k, f"Conv{rank}D")(4, 3)(start)
    left = keras.Model(start, getattr(k, f"SpatialDropout{rank}D")(0.5)(made))
    last, first = (0, *range(2, rank + 2), 1), (0, rank + 1, *range(1, rank + 1))

    class Port(nn.Module):
        def __init__(self, turned):
            super().__init__()
            self.conv, self.drop, self.turned = getattr(nn, convolution)(3, 4, 3), getattr(nn, dropout)(0.5), turned

        def forward(self, x):
            made = self.conv(x)
            return self.drop(made.permute(last)).permute(first) if self.turned else self.drop(made)

    given = {"right_inputs": [(2, 3) + (9,) * rank]}
    torch.manual_seed(0)
    dropped = Port(turned=True).train()(torch.ones(2, 3, *(9,) * rank)) == 0

    zeros = dropped.flatten(2)
    assert not torch.equal(zeros.all(2), zeros.any(2))  # some of a channel is dropped, and not all of it
    assert parity.compare(left, Port(turned=False).eval(), **given).verdict == "equivalent"
    report = parity.compare(left, Port(turned=True).eval(), **given)
    assert report.verdict == "different"
    assert {each.effect for each, _ in report.findings if each.rule == "layer-axes"} == {Effect.TRAINING}
    assert parity.compare(left, Port(turned=True).eval(), **given, profile="inference").verdict == "equivalent"
