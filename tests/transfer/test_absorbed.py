"""A bias that a batch normalisation takes away again, on one side only: the moving mean makes up for it."""

import numpy as np
import pytest

import parity
from parity.errors import ParityError
from parity.reports import Verdict
from parity.transfer import State

pytestmark = pytest.mark.filterwarnings("ignore")

SHAPES = [(1, 3, 8, 8)]


def in_keras(*, bias):
    import keras

    layers, random = keras.layers, np.random.default_rng(0)
    stack = [
        *(layers.Conv2D(4, 3, use_bias=bias), layers.BatchNormalization(epsilon=1e-5, momentum=0.9), layers.ReLU()),
        *(layers.Conv2D(5, 3, use_bias=bias), layers.BatchNormalization(epsilon=1e-5, momentum=0.9)),
    ]
    model = keras.Sequential([keras.Input((8, 8, 3)), *stack])
    for variable in model.weights:
        variable.assign(random.random(variable.shape) + 0.2)
    return model


def in_torch(*, bias):
    from torch import nn

    first, second = nn.Conv2d(3, 4, 3, bias=bias), nn.Conv2d(4, 5, 3, bias=bias)
    return nn.Sequential(first, nn.BatchNorm2d(4), nn.ReLU(), second, nn.BatchNorm2d(5)).eval()


def outputs(model, module):
    import torch

    images = np.random.default_rng(1).standard_normal((2, 8, 8, 3)).astype("float32")
    with torch.no_grad():
        theirs = module(torch.from_numpy(images.transpose(0, 3, 1, 2).copy())).numpy().transpose(0, 2, 3, 1)
    return np.asarray(model(images)), theirs


def compared(model, module):
    yield parity.compare(model, module, weights=True, right_inputs=SHAPES)
    yield parity.compare(module, model, weights=True, left_inputs=SHAPES)


@pytest.mark.parametrize("bias", [True, False])
def test_what_is_carried_over_computes_the_same_and_is_the_same(bias):
    model, module = in_keras(bias=bias), in_torch(bias=not bias)

    parity.port(model, module, target_inputs=SHAPES)

    np.testing.assert_allclose(*outputs(model, module), atol=1e-4, rtol=1e-4)
    for report in compared(model, module):
        assert {each.state for each in report.weights} <= {State.SAME, State.ROUNDED}
        assert report.verdict is Verdict.EQUIVALENT


def test_a_mean_that_was_carried_over_as_it_is_is_a_difference_with_its_cause():
    import torch

    model, module = in_keras(bias=True), in_torch(bias=False)
    parity.port(model, module, target_inputs=SHAPES)
    with torch.no_grad():
        module[4].running_mean.copy_(torch.from_numpy(np.asarray(model.layers[4].moving_mean)))

    for report in compared(model, module):
        assert [(each.role, each.state) for each in report.weights if each.state is not State.SAME] == [
            ("moving_mean", State.DIFFERENT)
        ]
        assert "weights-bias-not-subtracted" in {each.rule for each, _ in report.findings}
        assert report.verdict is Verdict.DIFFERENT


def test_a_bias_that_no_normalisation_takes_away_is_still_lost():
    from torch import nn

    model = in_keras(bias=True)
    first, second = nn.Conv2d(3, 4, 3, bias=False), nn.Conv2d(4, 5, 3, bias=False)
    late = nn.Sequential(first, nn.ReLU(), nn.BatchNorm2d(4), second, nn.BatchNorm2d(5)).eval()

    with pytest.raises(ParityError, match=r"conv2d\S*/1|no source"):
        parity.port(model, late, target_inputs=SHAPES)
