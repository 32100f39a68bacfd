"""Parts of a model that have a layer in common are not one layer each: what one of them needs would be gone."""

import numpy as np

import parity
from parity.reports import Verdict
from tests.rules.models import keras_model, layers, module, nn


def test_a_norm_a_turn_and_a_shape_before_a_layer_for_training():
    import torch

    start = layers().Input((2, 2, 2), batch_size=2)
    norm = layers().BatchNormalization()
    left = keras_model(start, layers().Reshape((2, 4))(norm(start)))

    def forward(self, x):
        turned = self.norm(x).permute(0, 2, 3, 1)
        return self.drop(turned.reshape(turned.shape[0], 2, 4))

    right = module({"norm": nn().BatchNorm2d(2, eps=0.001, momentum=0.01), "drop": nn().Dropout(0.5)}, forward)
    values = [np.random.default_rng(at).random(2).astype("float32") + 0.5 for at in range(4)]
    norm.set_weights(values)
    for name, value in zip(("weight", "bias", "running_mean", "running_var"), values, strict=True):
        getattr(right.norm, name).data.copy_(torch.from_numpy(value))

    report = parity.compare(left, right, right_inputs=[(2, 2, 2, 2)], profile="inference")

    assert report.verdict is Verdict.EQUIVALENT
    assert report.ledger.remainder == 0
    assert not {"layer-missing", "never-called"} & {each.rule for each, _ in report.findings}
