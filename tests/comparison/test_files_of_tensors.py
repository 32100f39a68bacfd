"""Two files of tensors, of different frameworks and in different orders."""

import pytest

import parity
from tests.balance import remainders


def _torch_net(torch, top=10):
    nn = torch.nn
    parts = {
        "stem": nn.Conv2d(3, 16, 3, bias=False),
        "stem_norm": nn.BatchNorm2d(16),
        "wide": nn.Conv2d(16, 32, 1, bias=False),
        "wide_norm": nn.BatchNorm2d(32),
        "narrow": nn.Conv2d(32, 16, 1, bias=False),
        "narrow_norm": nn.BatchNorm2d(16),
        "each": nn.Conv2d(16, 16, 3, groups=16, bias=False),
        "each_norm": nn.BatchNorm2d(16),
        "table": nn.Embedding(50, 16),
        "recurrent": nn.LSTM(16, 8, batch_first=True),
        "final_norm": nn.LayerNorm(8),
        "top": nn.Linear(8, top),
    }
    return nn.ModuleDict(parts)


def _keras_net(keras, top=10, *, bias=False):
    layers = keras.layers
    image, words = keras.Input((16, 16, 3)), keras.Input((7,), dtype="int32")
    x = layers.BatchNormalization()(layers.Conv2D(16, 3, use_bias=bias)(image))
    x = layers.BatchNormalization()(layers.Conv2D(32, 1, use_bias=False)(x))
    x = layers.BatchNormalization()(layers.Conv2D(16, 1, use_bias=False)(x))
    x = layers.BatchNormalization()(layers.DepthwiseConv2D(3, use_bias=False)(x))
    y = layers.LayerNormalization()(layers.LSTM(8)(layers.Embedding(50, 16)(words)))
    return keras.Model([image, words], [x, layers.Dense(top, name="top")(y)])


@pytest.fixture(params=["state_dict", "safetensors"])
def saved(request, tmp_path):
    """Write a module's tensors: in their order, or sorted by name."""
    import torch
    from safetensors.torch import save_file

    def save(module):
        path = tmp_path / ("model.safetensors" if request.param == "safetensors" else "model.pth")
        state = module.state_dict()
        save_file(state, path) if request.param == "safetensors" else torch.save(state, path)
        return path

    return save


def _report(left, right):
    report = parity.compare(left, right)
    assert remainders(report) == {}
    real = [(each.rule, each.attribute) for each, severity in report.findings if severity == "error"]
    return report, real


def test_every_layer_finds_its_counterpart(saved, tmp_path):
    import keras
    import torch

    _keras_net(keras).save_weights(tmp_path / "model.weights.h5")
    report, real = _report(tmp_path / "model.weights.h5", saved(_torch_net(torch)))

    assert real == []
    assert report.verdict == "inconclusive"
    assert (report.left_only, report.right_only) == ((), ())
    assert len(report.links) == 12
    assert report.facets["attributes"] == report.facets["structure"] == "unchecked"


def test_against_the_whole_model(saved, tmp_path):
    import keras
    import torch

    _keras_net(keras).save(tmp_path / "model.keras")
    report, real = _report(tmp_path / "model.keras", saved(_torch_net(torch)))

    assert real == []
    assert report.right_only == ()
    assert report.verdict == "inconclusive"


def test_another_width_is_the_one_difference(saved, tmp_path):
    import keras
    import torch

    _keras_net(keras).save_weights(tmp_path / "model.weights.h5")
    report, real = _report(tmp_path / "model.weights.h5", saved(_torch_net(torch, top=11)))

    assert real == [("weight-shape", "kernel"), ("weight-shape", "bias")]
    assert {each.left for each, severity in report.findings if severity == "error"} == {("top",)}
    assert report.verdict == "different"


def test_a_bias_that_a_batch_norm_may_take_out_is_undecided(saved, tmp_path):
    import keras
    import torch

    _keras_net(keras, bias=True).save_weights(tmp_path / "model.weights.h5")
    report, real = _report(tmp_path / "model.weights.h5", saved(_torch_net(torch)))

    assert real == []
    said = next(each.message for each, _ in report.findings if each.rule == "weight-missing")
    assert "a BatchNorm of that size would subtract the bias again" in said


def test_a_layer_more_is_told(saved, tmp_path):
    import keras
    import torch

    _keras_net(keras).save_weights(tmp_path / "model.weights.h5")
    more = _torch_net(torch)
    more["extra"] = torch.nn.Linear(21, 22)
    report, real = _report(tmp_path / "model.weights.h5", saved(more))

    assert [rule for rule, _ in real] == ["layer-extra"]
    assert report.right_only == ("extra",)
