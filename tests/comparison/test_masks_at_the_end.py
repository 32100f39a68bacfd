"""A mask of an embedding counts where a layer looks at it, and in training where an output has it."""

import pytest

import parity
from parity.reports import Verdict
from tests.rules.models import keras_model, keras_net, layers, module, nn


def ops():
    """Keras' operations, which no test module imports with itself."""
    from keras import ops

    return ops


HANDED_ON = {
    "dense": lambda made, x: made.Dense(2, name="dense")(x),
    "add": lambda made, x: made.Add(name="add")([x, x]),
    "concatenate": lambda made, x: made.Concatenate(name="join")([made.Dense(2, name="dense")(x), x]),
    "norm": lambda made, x: made.Dropout(0.1, name="drop")(made.LayerNormalization(name="norm")(x)),
}
ENDED = {
    "flatten": lambda made, x: made.Dense(2, name="dense")(made.Flatten(name="flat")(x)),
    "operation": lambda made, x: made.Dense(2, name="dense")(ops().tanh(x)),
    "operation of no kind": lambda _, x: ops().cumsum(x),
    "averages by an operation": lambda _, x: ops().mean(x, axis=1),
}


def model(tail, *, masked):
    given = layers().Input((3,), dtype="int32", name="x")
    return keras_model(given, tail(layers(), layers().Embedding(6, 4, mask_zero=masked, name="words")(given)))


def verdict(tail, profile):
    return parity.compare(model(tail, masked=True), model(tail, masked=False), profile=profile).verdict


@pytest.mark.parametrize("tail", HANDED_ON.values(), ids=HANDED_ON)
def test_fit_leaves_masked_steps_of_an_output_out_of_the_loss(tail):
    assert verdict(tail, "inference") is Verdict.EQUIVALENT
    assert verdict(tail, "train") is Verdict.DIFFERENT


@pytest.mark.parametrize("tail", ENDED.values(), ids=ENDED)
@pytest.mark.parametrize("profile", ["inference", "train"])
def test_a_mask_that_ends_before_the_output_does_nothing(tail, profile):
    assert verdict(tail, profile) is Verdict.EQUIVALENT


def test_a_recurrent_layer_looks_at_it_unless_an_operation_comes_before():
    def recurrent(made, x):
        return made.LSTM(2, name="rnn")(x)

    assert verdict(recurrent, "inference") is Verdict.DIFFERENT
    assert verdict(lambda made, x: recurrent(made, ops().tanh(x)), "inference") is Verdict.EQUIVALENT


@pytest.mark.parametrize("masked", [True, False])
def test_a_loss_is_no_part_of_other_models(masked):
    left = keras_net((3,), layers().Embedding(6, 4, mask_zero=masked), layers().Dense(2), dtype="int32")
    right = module({"words": nn().Embedding(6, 4), "out": nn().Linear(4, 2)}, lambda net, x: net.out(net.words(x)))

    assert parity.compare(left, right, right_inputs=[((1, 3), "int64")]).verdict is Verdict.EQUIVALENT
