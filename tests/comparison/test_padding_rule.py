"""Borders at sizes that are known, and at one that nobody knows."""

import numpy as np
import pytest

import parity
from parity.comparison import Facet
from parity.graph import Effect
from parity.reports import Verdict
from tests.rules.models import keras_net, layers, nn, torch_net
from tests.rules.numbers import returned


def strided(name, size=None):
    import keras

    pixels = keras.Input((size, size, 3))
    return keras.Model(pixels, keras.layers.Conv2D(4, 3, strides=2, padding="same", name=name)(pixels))


def test_one_rule_is_the_same_at_any_size():
    assert parity.compare(strided("a"), strided("b")).verdict is Verdict.EQUIVALENT


def test_a_rule_against_amounts_is_undecided_where_the_size_is_not_known():
    import torch

    module = torch.nn.Conv2d(3, 4, 3, stride=2, padding=1)

    assert parity.compare(strided("a"), module, right_inputs=[(1, 3, 9, 9)]).verdict is Verdict.INCONCLUSIVE
    assert parity.compare(strided("a", 9), module, right_inputs=[(1, 3, 9, 9)]).verdict is Verdict.EQUIVALENT
    assert parity.compare(strided("a", 8), module, right_inputs=[(1, 3, 8, 8)]).verdict is Verdict.DIFFERENT


def padded(size):
    import keras

    stack = keras.layers.ZeroPadding2D(((1, 0), (1, 0))), keras.layers.Conv2D(4, 3, strides=2)
    return keras_net((size, size, 3), *stack)


def told(report):
    return {each.rule: each for each, _ in report.findings if each.facet is Facet.ATTRIBUTES}


@pytest.mark.parametrize(("size", "verdict"), [(8, Verdict.EQUIVALENT), (9, Verdict.DIFFERENT)])
def test_padding_that_no_window_reaches_is_no_difference_at_that_size(size, verdict):
    report = parity.compare(padded(size), torch_net(nn().Conv2d(3, 4, 3, 2, 1)), right_inputs=[(1, 3, size, size)])
    found = told(report)["padding-amount"]

    assert report.verdict is verdict
    assert (found.effect is Effect.BOOKKEEPING) is (verdict is Verdict.EQUIVALENT)
    if verdict is Verdict.EQUIVALENT:
        assert found.message.endswith("; no output differs at this input size, it would where that is odd")
        assert not found.remedy
    else:
        assert found.message.endswith("; it would not show where the input size is even")


def test_padding_that_a_window_may_reach_is_a_difference_where_the_size_is_not_known():
    right = torch_net(nn().Conv2d(3, 4, 3, 2, 1))

    assert parity.compare(padded(None), right, right_inputs=[(1, 3, 8, 8)]).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize("window", [2, 3])
@pytest.mark.parametrize("size", [7, 8, 9])
def test_rounding_up_is_padding_after_the_image(average, window, size):
    """Keras' ``same`` and PyTorch's ``ceil_mode`` are said to be alike at the sizes at which their outputs are."""
    keras_name, torch_name = ("AveragePooling2D", "AvgPool2d") if average else ("MaxPooling2D", "MaxPool2d")
    left = keras_net((size, size, 3), getattr(layers(), keras_name)(window, 2, "same"))
    right = torch_net(getattr(nn(), torch_name)(window, 2, ceil_mode=True))

    report = parity.compare(left, right, right_inputs=[(1, 3, size, size)])
    given = np.random.default_rng(size).uniform(1, 2, (2, size, size, 3)).astype("float32")
    mine, theirs = returned(left, right, given)
    same = mine.shape == theirs.shape and np.allclose(mine, theirs)

    assert (report.verdict is Verdict.EQUIVALENT) is same
    assert report.verdict is not Verdict.INCONCLUSIVE
    assert set(told(report)) <= {"padding-amount", "padding-side", "pool-rounding", "hyper-parameter"}
