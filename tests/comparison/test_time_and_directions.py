"""Frames folded into the batch, steps of one direction, and what an opaque layer stands between."""

import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import keras_net, layers, module, nn


def frames(*, order=(0, 1), pooled=(2, 3)):
    def forward(self, x):
        batch, steps = x.shape[:2]
        seen = self.conv(x.flatten(0, 1)).relu().mean(pooled)
        folded = (batch, steps) if order == (0, 1) else (steps, batch)
        return self.last(self.rnn(seen.view(*folded, -1))[0][:, -1])

    parts = {"conv": nn().Conv2d(3, 2, 3), "rnn": nn().LSTM(2, 5, batch_first=True), "last": nn().Linear(5, 2)}
    return module(parts, forward)


def keras_frames():
    conv = layers().TimeDistributed(layers().Conv2D(2, 3, activation="relu"))
    pool = layers().TimeDistributed(layers().GlobalAveragePooling2D())
    return keras_net((4, 8, 8, 3), conv, pool, layers().LSTM(5), layers().Dense(2))


def test_a_network_for_each_frame_is_one_for_frames_folded_into_the_batch():
    report = parity.compare(keras_frames(), frames(), right_inputs=[(2, 4, 3, 8, 8)])

    assert report.verdict is Verdict.EQUIVALENT
    assert any("permute(0, 1, 4, 2, 3)" in each.remedy for each, _ in report.findings)


def test_frames_unfolded_in_the_other_order_are_another_network():
    report = parity.compare(keras_frames(), frames(order=(1, 0)), right_inputs=[(2, 4, 3, 8, 8)])

    assert report.verdict is not Verdict.EQUIVALENT


@pytest.mark.parametrize(
    ("taken", "same"),
    [
        (lambda o: (o[:, -1, :4], o[:, 0, 4:]), True),
        (lambda o: (o[:, -1][:, :4], o[:, 0][:, 4:]), True),
        (lambda o: (o[:, -1, :4], o[:, -1, 4:]), False),
        (lambda o: (o[:, 0, :4], o[:, 0, 4:]), False),
        (lambda o: (o[:, -1, :3], o[:, 0, 3:]), False),
        (lambda o: (o[:, 0, 4:], o[:, -1, :4]), False),
    ],
)
def test_the_last_step_of_each_direction_is_its_last_state(taken, same):
    import torch

    left = keras_net((7, 5), layers().Bidirectional(layers().LSTM(4)))
    parts = {"rnn": nn().LSTM(5, 4, batch_first=True, bidirectional=True)}
    right = module(parts, lambda self, x: torch.cat(taken(self.rnn(x)[0]), 1))
    report = parity.compare(left, right, right_inputs=[(2, 7, 5)])

    assert (report.verdict is Verdict.EQUIVALENT) is same


def test_nothing_is_called_different_that_an_opaque_layer_can_do():
    import keras
    import torch

    start, other, dense = layers().Input((4,)), layers().Input((4,)), layers().Dense(3, activation="relu", name="dense")
    far = layers().Lambda(lambda pair: keras.ops.sqrt(keras.ops.sum((pair[0] - pair[1]) ** 2, 1)), output_shape=())
    left = keras.Model([start, other], far([dense(start), dense(other)]))

    def forward(self, x, y):
        apart = torch.relu(self.dense(x)) - torch.relu(self.dense(y))
        return torch.sqrt((apart**2).sum(1).clamp(min=1e-7))

    right = module({"dense": nn().Linear(4, 3)}, forward)
    report = parity.compare(left, right, right_inputs=[(2, 4), (2, 4)])

    assert report.verdict is Verdict.INCONCLUSIVE
    assert ("dense", "dense") in [(link.left[0], link.right[0]) for link in report.links]
