"""A call with a setting that no spelling reads is not understood, unless it is listed why that means nothing."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import parity
from parity.kinds import kinds
from parity.kinds._accounting import Watched, plain, unread
from parity.kinds._meaningless import DEFAULTS, MEANINGLESS, OF_OPERATORS
from parity.kinds._registry import spelling

keras = pytest.importorskip("keras")
torch = pytest.importorskip("torch")
nn = torch.nn


def test_what_is_not_asked_for_is_left():
    settings = Watched({"units": 3, "use_bias": True, "name": "d", "kernel_initializer": "zeros", "twist": 2})
    assert settings["units"] == 3
    assert settings.get("use_bias") is True
    assert unread(settings, "keras", "Dense") == ("twist",)


def test_what_is_not_given_is_not_left():
    assert unread(Watched({"twist": None}), "keras", "Dense") == ()


def test_a_layer_inside_another_is_accounted_for_too():
    inner = {"class_name": "Dense", "config": {"units": 3, "name": "d", "twist": 2}}
    settings = Watched({"layer": inner, "cells": (inner,)})
    assert settings["layer"]["config"]["units"] == 3
    assert settings["cells"][0]["config"].get("units") == 3
    assert unread(settings, "keras", "TimeDistributed") == ("layer.twist", "cells.0.twist")


def test_what_has_been_read_can_be_had_as_it_was_given():
    given = {"layer": {"class_name": "Dense", "config": {"units": (3, {"a": 1})}}}
    settings = Watched(given)
    assert plain(settings["layer"]) == given["layer"]
    assert type(plain({"x": (settings["layer"],)})["x"][0]) is dict


@pytest.mark.parametrize("dialect", sorted({*MEANINGLESS, *OF_OPERATORS, *DEFAULTS}))
def test_operators_with_settings_that_mean_nothing_are_ones_that_kinds_spell(dialect):
    named = {name for name, _ in OF_OPERATORS.get(dialect, {})}
    named |= {key.partition(".")[0] for key in DEFAULTS.get(dialect, {}) if "." in key}
    assert not [name for name in named if spelling(dialect, name) is None]
    assert any(dialect == each for found in kinds().values() for each, _ in found.spellings)


def top_k(**settings):
    nodes = [helper.make_node("TopK", ["x", "k"], ["y", "i"], **settings)]
    made = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 9])]
    graph = helper.make_graph(nodes, "g", given, made, [numpy_helper.from_array(np.array([4]), "k")])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


class Bag(nn.Module):
    def __init__(self, **settings):
        super().__init__()
        self.bag = nn.EmbeddingBag(9, 4, mode="sum", **settings)

    def forward(self, x):
        return self.bag(x)


class PerSample(nn.Module):
    def __init__(self, *, own):
        super().__init__()
        self.norm, self.own = nn.InstanceNorm2d(3, affine=True, track_running_stats=True), own

    def forward(self, x):
        n = self.norm
        return nn.functional.instance_norm(x, n.running_mean, n.running_var, n.weight, n.bias, self.own)


def masked(**settings):
    x = keras.Input((5,), dtype="int32")
    y = keras.layers.Embedding(9, 4, mask_zero=True)(x)
    return keras.Model(x, keras.layers.LSTM(3, return_sequences=True, **settings)(y))


IDS = torch.zeros(2, 5, dtype=torch.int64)
PAIRS = {
    "an order that is not promised": (top_k, lambda: top_k(sorted=0), {}),
    "rows that are scaled to a norm": (Bag, lambda: Bag(max_norm=0.5), {"inputs": (IDS,)}),
    "statistics of each sample": (
        lambda: PerSample(own=False),
        lambda: PerSample(own=True),
        {"inputs": [(2, 3, 4, 4)]},
    ),
    "zeros where the mask is": (masked, lambda: masked(zero_output_for_mask=True), {}),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_setting_that_is_not_understood_never_passes(name):
    left, right, settings = PAIRS[name]
    report = parity.compare(left(), right(), profile="inference", **settings)
    assert report.verdict.value != "equivalent"
    assert parity.compare(left(), left(), profile="inference", **settings).verdict.value == "equivalent"


def test_the_setting_is_named():
    x = keras.Input((5, 4))
    left, right = (
        keras.Model(x, keras.layers.LSTM(3, zero_output_for_mask=True, recurrent_dropout=rate)(x))
        for rate in (0.0, 0.5)
    )
    assert "what zero_output_for_mask means for this operator is not known" in str(parity.compare(left, right))
