"""Attributes by meaning: axes across layouts, rounding of single precision, and what a source does not tell."""

import pytest

import parity
from parity.graph import Effect
from parity.reports import Verdict
from tests.rules.models import IMAGE, PIXELS, keras_net, layers, nn, norm, onnx_export, torch_net


def axis(report):
    return [(each.effect, each.left_value, each.right_value) for each, _ in report.findings if each.attribute == "axis"]


@pytest.mark.parametrize(("number", "expected"), [(-1, []), (1, [(Effect.INFERENCE, -2, -1)])])
def test_an_axis_by_its_size_where_no_layer_names_it(number, expected):
    left = keras_net((5, 4), layers().Dense(3), layers().Softmax(axis=number))
    right = torch_net(nn().Linear(4, 3), nn().Softmax(dim=-1))

    assert axis(parity.compare(left, right, right_inputs=[(1, 5, 4)])) == expected


def test_channels_are_channels_in_every_layout():
    left = keras_net(PIXELS, layers().BatchNormalization(axis=-1), layers().Conv2D(4, 3))
    right = torch_net(norm(3), nn().Conv2d(3, 4, 3))

    assert axis(parity.compare(left, right, right_inputs=[IMAGE])) == []


def test_another_axis_of_one_framework_is_a_difference():
    def net(number):
        return keras_net((4, 4, 4), layers().Conv2D(4, 3, padding="same"), layers().BatchNormalization(axis=number))

    assert [each[0] for each in axis(parity.compare(net(1), net(-1)))] == [Effect.INFERENCE]


def test_an_epsilon_that_onnx_has_rounded_is_the_same():
    net = torch_net(nn().Conv2d(3, 4, 3), norm(eps=1.1e-5))

    report = parity.compare(net, onnx_export(net, IMAGE, fold=False), left_inputs=[IMAGE])

    assert [each.rule for each, _ in report.findings if each.rule == "epsilon"] == []
    assert report.verdict is Verdict.EQUIVALENT


def test_a_close_epsilon_is_another_one():
    """keras.applications has 1.001e-5 where PyTorch has 1e-5."""
    left = keras_net(PIXELS, layers().Conv2D(4, 3), layers().BatchNormalization(epsilon=1.001e-5))
    report = parity.compare(left, torch_net(nn().Conv2d(3, 4, 3), norm(eps=1e-5)), right_inputs=[IMAGE])

    assert [(each.left_value, each.right_value) for each, _ in report.findings if each.rule == "epsilon"] == [
        (1.001e-5, 1e-5)
    ]


def test_a_momentum_that_a_file_for_inference_does_not_hold_is_not_compared():
    net = torch_net(nn().Conv2d(3, 4, 3), norm())
    report = parity.compare(net, onnx_export(net, IMAGE, fold=False), left_inputs=[IMAGE], profile="train")

    (found,) = [each for each, _ in report.findings if each.rule == "momentum"]
    assert (found.effect, found.concerns) == (Effect.UNKNOWN, Effect.TRAINING)
    assert report.verdict is Verdict.INCONCLUSIVE


def test_sequences_of_any_length_agree_with_one_length():
    def net(steps):
        return keras_net((steps, 3), layers().LSTM(2), layers().Dense(2))

    report = parity.compare(net(None), net(5))

    assert [(each.rule, each.attribute) for each, _ in report.findings] == [("size-left-free", "T")]
    assert report.verdict is Verdict.EQUIVALENT


def test_a_free_size_does_not_hide_another_one():
    left = keras_net((None, 3), layers().Dense(4))
    report = parity.compare(left, keras_net((5, 6), layers().Dense(4)))

    assert report.verdict is Verdict.DIFFERENT
    assert [each.rule for each, level in report.findings if level.value == "error" and not each.caused_by] == [
        "input-shape"
    ]


def test_axes_of_no_known_meaning_in_another_order_are_undecided():
    def flat(shape):
        return keras_net(shape, layers().Flatten(), layers().Dense(2))

    right = torch_net(nn().Flatten(), nn().Linear(24, 2))

    assert parity.compare(flat((4, 6)), right, right_inputs=[(1, 4, 6)]).verdict is Verdict.EQUIVALENT
    assert parity.compare(flat((4, 6)), right, right_inputs=[(1, 6, 4)]).verdict is Verdict.INCONCLUSIVE
    assert parity.compare(flat((4, 6)), flat((6, 4))).verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(("size", "expected"), [(12, ["padding"]), (13, [])])
def test_same_padding_is_compared_by_its_amounts(size, expected):
    """Symmetric padding is what TensorFlow does at odd sizes only."""
    left = keras_net((size, size, 3), layers().Conv2D(4, 3, 2, padding="same"))
    right = torch_net(nn().Conv2d(3, 4, 3, 2, 1))

    report = parity.compare(left, right, right_inputs=[(1, 3, size, size)])

    assert [each.attribute for each, _ in report.findings if each.attribute == "padding"] == expected


@pytest.mark.parametrize(
    ("amounts", "module", "verdict"),
    [
        ((1, 2), lambda: nn().ConstantPad1d((1, 2), 0.0), Verdict.INCONCLUSIVE),  # along the steps, if they are last
        ((1, 2), lambda: nn().ZeroPad2d((0, 0, 1, 2)), Verdict.EQUIVALENT),
        ((1, 2), lambda: nn().ConstantPad1d((2, 1), 0.0), Verdict.DIFFERENT),
    ],
)
def test_padding_of_an_axis_that_no_layer_names(amounts, module, verdict):
    """PyTorch has channels first: as long as no layer says so, nobody knows which axis is padded."""
    left = keras_net((4, 4), layers().ZeroPadding1D(amounts))

    assert parity.compare(left, torch_net(module()), right_inputs=[(1, 4, 4)]).verdict is verdict


def test_padding_of_an_axis_of_one_framework_is_certain():
    steps, features = (keras_net((4, 4, 1), layers().ZeroPadding2D(each)) for each in ((1, 0), (0, 1)))

    assert parity.compare(steps, features).verdict is Verdict.DIFFERENT
