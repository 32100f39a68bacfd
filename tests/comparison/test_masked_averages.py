"""Keras' mask_zero before an average over time, against the same written out, and against what is not the same."""

import numpy as np
import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import keras_net, layers, module, nn

TOKENS = np.array([[1, 2, 3, 0, 0], [3, 4, 5, 6, 7], [8, 0, 0, 0, 0]])


def keras_side(*between, keepdims=False):
    pool = layers().GlobalAveragePooling1D(keepdims=keepdims)
    return keras_net((5,), layers().Embedding(9, 3, mask_zero=True), *between, pool, layers().Dense(2), dtype="int32")


def torch_side(*, token=0, masked=True, counted=True, untrained=None, keepdims=False):
    def forward(self, x):
        mask = (x != token).float().unsqueeze(-1)
        steps = self.table(x) * mask if masked else self.table(x)
        count = mask.sum(1, keepdim=keepdims) if counted else x.shape[1]
        return self.last(steps.sum(1, keepdim=keepdims) / count)

    return module({"table": nn().Embedding(9, 3, padding_idx=untrained), "last": nn().Linear(3, 2)}, forward)


def carried(left, right):
    import torch

    table, kernel, bias = (torch.from_numpy(np.array(each)) for each in left.get_weights())
    with torch.no_grad():
        right.table.weight.copy_(table)
        right.last.weight.copy_(kernel.T)
        right.last.bias.copy_(bias)


def apart(left, right):
    import torch

    with torch.no_grad():
        return np.abs(left(TOKENS.astype("int32")).numpy() - right(torch.from_numpy(TOKENS)).numpy()).max()


def compared(left, right):
    return parity.compare(left, right, right_inputs=[((2, 5), "int64")])


@pytest.mark.parametrize("keepdims", [False, True])
def test_an_average_under_a_mask_is_the_one_written_out(keepdims):
    left, right = keras_side(keepdims=keepdims), torch_side(keepdims=keepdims)
    carried(left, right)

    assert apart(left, right) < 1e-6
    assert compared(left, right).verdict is Verdict.EQUIVALENT


def test_what_hands_the_mask_on_may_stand_between():
    left, right = keras_side(layers().Dropout(0.0), layers().Activation("linear")), torch_side()

    assert compared(left, right).verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize(
    "change", [{"token": 1}, {"masked": False}, {"counted": False}, {"masked": False, "counted": False}]
)
def test_another_mask_is_another_model(change):
    left, right = keras_side(), torch_side(**change)
    carried(left, right)

    assert apart(left, right) > 1e-4
    assert compared(left, right).verdict is Verdict.DIFFERENT


def test_a_layer_that_ends_the_mask_leaves_the_average_as_it_is():
    between = layers().Conv1D(3, 1)
    left = keras_net(
        (5,), layers().Embedding(9, 3, mask_zero=True), between, layers().GlobalAveragePooling1D(), dtype="int32"
    )
    parts = {"table": nn().Embedding(9, 3), "conv": nn().Conv1d(3, 3, 1)}
    right = module(parts, lambda self, x: self.conv(self.table(x).transpose(1, 2)).mean(2))

    assert compared(left, right).verdict is Verdict.EQUIVALENT


def test_a_row_that_the_mask_multiplies_by_zero_is_trained_on_neither_side():
    rules = {each.rule for each, _ in compared(keras_side(), torch_side(untrained=0)).findings}
    used = {each.rule for each, _ in compared(keras_side(), torch_side(untrained=3)).findings}

    assert "padding-row" not in rules
    assert "padding-row" in used


def test_the_evaluator_computes_the_average_as_keras_does():
    left = keras_side()
    made = parity.evaluate(left, [TOKENS.astype("int32")])

    np.testing.assert_allclose(next(iter(made.values())), left(TOKENS.astype("int32")).numpy(), atol=1e-6)
