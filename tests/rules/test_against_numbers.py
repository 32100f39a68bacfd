"""What the rules say of numbers is what the frameworks compute."""

import re

import numpy as np
import pytest

import parity
from tests.rules.models import IMAGE, PIXELS, keras_net, layers, norm, torch_net

CHANNELS = 3


def finding(rule, left, right, **settings):
    report = parity.compare(left, right, **settings)
    return next(each for each, _ in report.findings if each.rule == rule)


def keras_norm(**settings):
    return keras_net(PIXELS, layers().BatchNormalization(**settings))


def settled(left, right, variance):
    """The same statistics on both sides, gamma 1 and beta 0."""
    import torch

    mean = np.linspace(-1, 1, CHANNELS, dtype="float32")
    left.layers[0].set_weights(
        [np.ones_like(mean), np.zeros_like(mean), mean, np.full_like(mean, variance)],
    )
    with torch.no_grad():
        for name, value in (("weight", 1.0), ("bias", 0.0), ("running_var", variance)):
            getattr(right[0], name).fill_(value)
        right[0].running_mean.copy_(torch.from_numpy(mean))


def outputs(left, right):
    import torch

    images = np.random.default_rng(3).normal(size=(2, *PIXELS)).astype("float32")
    with torch.no_grad():
        other = right(torch.from_numpy(images.transpose(0, 3, 1, 2))).numpy()
    return left.predict(images, verbose=0), other.transpose(0, 2, 3, 1)


@pytest.mark.parametrize("variance", [1.0, 0.01, 0.0001])
def test_epsilon_scales_the_outputs_as_the_message_says(variance):
    left, right = keras_norm(), torch_net(norm(CHANNELS, eps=1e-5))
    said = finding("epsilon", left, right, right_inputs=[IMAGE])
    ratio = float(re.search(rf"([\d.]+) at (?:variance )?{variance:g}(?:,|$)", said.message)[1])

    settled(left, right, variance)
    mine, theirs = outputs(left, right)

    np.testing.assert_allclose(mine, ratio * theirs, atol=1e-6, rtol=2e-4)
    assert abs(mine / theirs - 1).max() > 1e-4


@pytest.mark.parametrize("variance", [1.0, 0.0001])
def test_the_outputs_agree_after_the_remedy(variance):
    import torch

    said = finding("epsilon", keras_norm(), torch_net(norm(CHANNELS, eps=1e-5)), right_inputs=[IMAGE])
    code = said.remedy.removeprefix("to match the left: ")
    left, right = keras_norm(), torch_net(eval(f"torch.nn.{code}", {"torch": torch}))  # noqa: S307  our own words

    settled(left, right, variance)

    np.testing.assert_allclose(*outputs(left, right), rtol=1e-4, atol=1e-5)


def test_the_remedy_for_keras_is_in_keras_words_and_mends_it():
    import keras

    said = finding("epsilon", torch_net(norm(CHANNELS, eps=1e-5)), keras_norm(), left_inputs=[IMAGE])
    code = said.remedy.removeprefix("to match the left: ")
    left = keras_net(PIXELS, eval(f"keras.layers.{code}", {"keras": keras}))  # noqa: S307  our own words
    right = torch_net(norm(CHANNELS, eps=1e-5))

    settled(left, right, 0.0001)

    np.testing.assert_allclose(*outputs(left, right), rtol=1e-4, atol=1e-4)


def trained_mean(model, images):
    """The moving mean after one step of training."""
    import torch

    if isinstance(model, torch.nn.Module):
        model.train()(torch.from_numpy(images.transpose(0, 3, 1, 2)))
        return model[0].running_mean.numpy()
    model(images, training=True)
    return np.asarray(model.layers[0].moving_mean)


def test_the_momenta_that_count_as_equal_move_the_mean_alike():
    left, right = keras_norm(momentum=0.85), torch_net(norm(CHANNELS, momentum=0.15))
    report = parity.compare(left, right, right_inputs=[IMAGE])
    assert [each.rule for each, _ in report.findings if each.rule == "momentum"] == []

    settled(left, right, 1.0)
    images = np.random.default_rng(5).normal(2, 1, size=(4, *PIXELS)).astype("float32")

    np.testing.assert_allclose(trained_mean(left, images), trained_mean(right, images), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("keras_is_left", [True, False])
@pytest.mark.parametrize(("rule", "momentum"), [("momentum", 0.1), ("momentum-convention", 0.15)])
def test_the_remedy_of_momentum_moves_the_mean_alike(rule, momentum, keras_is_left):
    """A number of its own, and Keras' number as it is, which weighs the new there and not the old."""
    import keras
    import torch

    mine, theirs = keras_norm(momentum=0.15), torch_net(norm(CHANNELS, momentum=momentum))
    pair = (mine, theirs) if keras_is_left else (theirs, mine)
    said = finding(rule, *pair, **{"right_inputs" if keras_is_left else "left_inputs": [IMAGE]})
    code = said.remedy.removeprefix("to match the left: ")
    names = {"keras": keras, "torch": torch}
    if keras_is_left:
        theirs = torch_net(eval(f"torch.nn.{code}", names))  # noqa: S307  our own words
    else:
        mine = keras_net(PIXELS, eval(f"keras.layers.{code}", names))  # noqa: S307  our own words

    settled(mine, theirs, 1.0)
    images = np.random.default_rng(5).normal(2, 1, size=(4, *PIXELS)).astype("float32")

    assert {said.left_value, said.right_value} == {0.15, 1 - momentum}
    np.testing.assert_allclose(trained_mean(mine, images), trained_mean(theirs, images), rtol=1e-5, atol=1e-6)


def test_a_cumulative_average_has_no_word_in_keras():
    said = finding("momentum", torch_net(norm(CHANNELS, momentum=None)), keras_norm())

    assert said.left_value == "cumulative average"
    assert said.message.endswith("cumulative average (PyTorch: None) / 0.99")
    assert "has no cumulative average in Keras" in said.remedy
