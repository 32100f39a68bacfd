"""Padding by rule at a size that nobody knows."""

import parity
from parity.reports import Verdict


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
